/*
 * When a signing key is published, signs, and is deleted. Everything follows from the rows and the clock, so all
 * instances agree without coordination. Times are in seconds.
 *
 *   published ──lead──▶ signs ──period──▶ its successor signs ──longest token + margin──▶ deleted
 */

/** A key signs for this long: 30 days. */
export const ROTATION_PERIOD_SECONDS = 30 * 86_400;
/** Every instance reloads the keys this often. */
export const RELOAD_INTERVAL_SECONDS = 30;
/** How long other services may cache the published key set. */
export const KEY_SET_MAX_AGE_SECONDS = 300;
/**
 * A key is published this long before it signs: by then every instance has reloaded it, even if one reload failed, and
 * every cached key set has expired.
 */
export const PUBLICATION_LEAD_SECONDS = 600;
/** An instance whose clock is behind signs with the old key for this much longer. */
const CLOCK_MARGIN_SECONDS = 60;

export interface ScheduledKey {
  readonly kid: string;
  readonly signsFrom: Date;
}

/**
 * The key to sign with: the latest whose `signsFrom` has passed. If none has (the clock was set back), it is the first
 * one; undefined only when there are no keys.
 */
export function signingKeyAt<Key extends ScheduledKey>(keys: readonly Key[], now: Date): Key | undefined {
  const ordered = inOrder(keys);
  return ordered.findLast((key) => key.signsFrom <= now) ?? ordered[0];
}

/** When the last token that `key` can have signed expires; undefined while it has no successor. */
export function endOf(key: ScheduledKey, keys: readonly ScheduledKey[], longestTokenSeconds: number): Date | undefined {
  const ordered = inOrder(keys);
  const successor = ordered[ordered.findIndex(({ kid }) => kid === key.kid) + 1];
  if (!successor) return undefined;
  return new Date(successor.signsFrom.getTime() + (longestTokenSeconds + CLOCK_MARGIN_SECONDS) * 1000);
}

/** Whether the next key is to be published. */
export function isNextKeyDue(keys: readonly ScheduledKey[], now: Date): boolean {
  const newest = newestOf(keys);
  if (!newest) return true;
  const dueAt = newest.signsFrom.getTime() + (ROTATION_PERIOD_SECONDS - PUBLICATION_LEAD_SECONDS) * 1000;
  return now.getTime() >= dueAt;
}

/** The key with the latest `signsFrom`. */
export function newestOf<Key extends ScheduledKey>(keys: readonly Key[]): Key | undefined {
  return inOrder(keys).at(-1);
}

// Keys with the same `signsFrom` are ordered too, the same way on every instance.
function inOrder<Key extends ScheduledKey>(keys: readonly Key[]): Key[] {
  return keys.toSorted((a, b) => a.signsFrom.getTime() - b.signsFrom.getTime() || (a.kid < b.kid ? -1 : 1));
}
