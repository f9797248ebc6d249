/*
 * When a signing key is published, signs, and may be forgotten. Everything follows from the rows and the clock, so that
 * all instances come to the same answer without talking to one another. Times in seconds.
 *
 *   published ──lead──▶ signs ──period──▶ its successor signs ──longest token + margin──▶ forgotten
 */

/** A key signs for this long: 30 days. */
export const ROTATION_PERIOD_SECONDS = 30 * 86_400;
/** Every instance looks for new keys this often. */
export const RELOAD_INTERVAL_SECONDS = 30;
/** How long verifiers elsewhere may keep the published key set before they look again. */
export const KEY_SET_MAX_AGE_SECONDS = 300;
/**
 * A key is known this long before it signs: by then every instance has reloaded (twice, should one reload fail), and
 * whoever kept the published set has looked again.
 */
export const PUBLICATION_LEAD_SECONDS = 600;
/** Clocks of instances may differ: one that is behind signs with the old key for a moment longer. */
const CLOCK_MARGIN_SECONDS = 60;

export interface ScheduledKey {
  readonly kid: string;
  readonly signsFrom: Date;
}

/**
 * The key to sign with: the one whose time began last. Before any has begun (a clock that was set back) it is the
 * first of them; undefined only when there is none.
 */
export function signingKeyAt<Key extends ScheduledKey>(keys: readonly Key[], now: Date): Key | undefined {
  const ordered = inOrder(keys);
  return ordered.findLast((key) => key.signsFrom <= now) ?? ordered[0];
}

/** When the last token that `key` can have signed is over; undefined while it has no successor. */
export function endOf(key: ScheduledKey, keys: readonly ScheduledKey[], longestTokenSeconds: number): Date | undefined {
  const ordered = inOrder(keys);
  const successor = ordered[ordered.findIndex(({ kid }) => kid === key.kid) + 1];
  if (!successor) return undefined;
  return new Date(successor.signsFrom.getTime() + (longestTokenSeconds + CLOCK_MARGIN_SECONDS) * 1000);
}

/** Whether it is time to make and publish the next key. */
export function isNextKeyDue(keys: readonly ScheduledKey[], now: Date): boolean {
  const newest = newestOf(keys);
  if (!newest) return true;
  const dueAt = newest.signsFrom.getTime() + (ROTATION_PERIOD_SECONDS - PUBLICATION_LEAD_SECONDS) * 1000;
  return now.getTime() >= dueAt;
}

/** The key that signs last of all, now or in time to come. */
export function newestOf<Key extends ScheduledKey>(keys: readonly Key[]): Key | undefined {
  return inOrder(keys).at(-1);
}

// Two keys of one instant have an order too, the same everywhere.
function inOrder<Key extends ScheduledKey>(keys: readonly Key[]): Key[] {
  return keys.toSorted((a, b) => a.signsFrom.getTime() - b.signsFrom.getTime() || (a.kid < b.kid ? -1 : 1));
}
