import { Clock } from '../../src/common/clock.js';

/** A clock that a test advances. */
export class TestClock extends Clock {
  constructor(private instant = new Date('2026-01-01T12:00:00.000Z')) {
    super();
  }

  override now(): Date {
    return new Date(this.instant);
  }

  advance(seconds: number): void {
    this.instant = new Date(this.instant.getTime() + seconds * 1000);
  }
}
