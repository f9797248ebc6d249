/** The only source of the current time in the core, so that a test can set it. */
export abstract class Clock {
  /** The current time, to the millisecond. */
  abstract now(): Date;
}

/** How far the clocks of two instances may differ: a time further in the future than this is not believed. */
export const CLOCK_TOLERANCE_SECONDS = 5;

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

/** `instant` plus `seconds`, which may be negative. */
export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}
