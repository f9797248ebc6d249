import { addSeconds } from '../../common/clock.js';

const FIRST_PAUSE_SECONDS = 20;
const PAUSE_MAX_SECONDS = 900;

/**
 * When to try again after a temporary failure. The delay is 20 seconds and doubles with each attempt, up to 15 minutes.
 * Undefined if the message is given up before that.
 * @param attempts the number of attempts so far, at least 1
 */
export function nextAttemptAt(now: Date, attempts: number, giveUpAt: Date): Date | undefined {
  // Higher powers exceed the maximum anyway.
  const pause = FIRST_PAUSE_SECONDS * 2 ** Math.min(attempts - 1, 10);
  const next = addSeconds(now, Math.min(pause, PAUSE_MAX_SECONDS));
  return next < giveUpAt ? next : undefined;
}
