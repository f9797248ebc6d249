import { createHash } from 'node:crypto';
import { canonicalEmail } from '../../common/email.js';

/** Whose password is guessed: that of an account, or of a name that has none. */
export type GuessTarget = { readonly userId: string } | { readonly unknownName: string };

/**
 * What guesses at an account, or at a name without one, are counted by. A hash, since a name can be of any length and
 * must not be readable in a shared store.
 */
export function accountKey(target: GuessTarget): string {
  const account =
    'userId' in target
      ? `account ${target.userId}`
      : `name ${canonicalEmail(target.unknownName) ?? target.unknownName.toLowerCase()}`;
  return createHash('sha256').update(account).digest('base64url');
}
