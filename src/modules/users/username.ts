import { randomInt } from 'node:crypto';

export const USERNAME_MIN = 3;
export const USERNAME_MAX = 30;
/** 3 to 30 of `a-z 0-9 . _ -`, beginning and ending with a letter or digit. */
export const USERNAME = /^[a-z0-9][a-z0-9._-]{1,28}[a-z0-9]$/;

/** Names that pass for the operator or a part of the service. Users cannot choose them for themselves. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['abuse', 'admin', 'administrator', 'anonymous', 'api', 'auth', 'billing', 'bot', 'contact', 'daemon', 'everyone'],
  ...['feedback', 'guest', 'help', 'helpdesk', 'hostmaster', 'info', 'legal', 'login', 'mail', 'mailer-daemon'],
  ...['moderator', 'noreply', 'no-reply', 'official', 'operator', 'owner', 'postmaster', 'privacy', 'root'],
  ...['sales', 'security', 'staff', 'stagedoor', 'super-admin', 'super_admin', 'superadmin', 'superuser', 'support'],
  ...['sysadmin', 'system', 'team', 'webmaster', 'www'],
]);

/** Whether users may not choose this name, in any case. */
export function isReservedUsername(username: string): boolean {
  return RESERVED.has(username.toLowerCase());
}

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
