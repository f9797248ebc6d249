/** The one source of time in the core, so that tests can move it. */
export abstract class Clock {
  /** The present instant, with millisecond precision. */
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

/** `instant` moved by `seconds` (which may be negative). */
export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * 1000);
}
