/** The only source of the current time in the core, so that a test can set it. */
export abstract class Clock {
  /** The current time, to the millisecond. */
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

/** `instant` plus `seconds`, which may be negative. */
export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}
