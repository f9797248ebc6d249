import { randomInt } from 'node:crypto';

export const USERNAME_MIN = 3;
export const USERNAME_MAX = 30;
/** 3 to 30 of `a-z 0-9 . _ -`, beginning and ending with a letter or digit. */
export const USERNAME = /^[a-z0-9][a-z0-9._-]{1,28}[a-z0-9]$/;

const SUFFIX_LENGTH = 6;

/** A username made from an e-mail's local part, for those who chose none. */
export function usernameFromEmail(email: string): string {
  const base = baseOf(email);
  return base.length >= USERNAME_MIN ? base : withRandomSuffix(email);
}

/** The same with a short random suffix, for when the plain one is taken. */
export function withRandomSuffix(email: string): string {
  const suffix = Array.from({ length: SUFFIX_LENGTH }, () => randomInt(36).toString(36)).join('');
  const room = USERNAME_MAX - SUFFIX_LENGTH - 1;
  return [trimEnds(baseOf(email).slice(0, room)), suffix].filter((part) => part !== '').join('-');
}

function baseOf(email: string): string {
  const localPart = email.slice(0, email.lastIndexOf('@')).normalize('NFKD');
  return trimEnds(
    localPart
      .toLowerCase()
      .replace(/[^a-z0-9._-]/g, '')
      .slice(0, USERNAME_MAX),
  );
}

function trimEnds(text: string): string {
  return text.replace(/^[._-]+|[._-]+$/g, '');
}
