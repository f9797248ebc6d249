import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Database } from './database.js';

const INTERVAL_MS = 60_000;
const WARNING_SECONDS = 5;
const TOLERATED_SECONDS = 60;

/** Seconds that the clock of this machine is ahead of the database's; negative where it is behind. */
export async function readClockOffset(database: Database): Promise<number> {
  const sentAt = Date.now();
  const [row] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
  // The database answered between the two, so half of the time in between is the best guess.
  const midpoint = (sentAt + Date.now()) / 2;
  return row ? (midpoint - row.now.getTime()) / 1000 : 0;
}

/** Whether this machine's clock may decide what has expired: a wrong one would delete what is still valid. */
export async function isClockReliable(database: Database): Promise<boolean> {
  return Math.abs(await readClockOffset(database)) <= TOLERATED_SECONDS;
}

/**
 * Compares the clock of this machine with the database's, at start and every minute. Above 5 seconds it warns; above a
 * minute the instance is not ready: it would reject valid tokens and issue tokens that others reject.
 */
@Injectable()
export class ClockOffset implements OnModuleInit {
  private readonly logger = new Logger(ClockOffset.name);
  private latest = 0;

  constructor(private readonly database: Database) {}

  onModuleInit(): Promise<void> {
    return this.measure();
  }

  /** Seconds ahead of the database, as measured last. */
  get seconds(): number {
    return this.latest;
  }

  get isTolerable(): boolean {
    return Math.abs(this.latest) <= TOLERATED_SECONDS;
  }

  @Interval(INTERVAL_MS)
  async measure(): Promise<void> {
    try {
      this.latest = await readClockOffset(this.database);
    } catch (error) {
      this.logger.debug('Could not read the clock of the database', error);
      return;
    }
    const seconds = Math.round(Math.abs(this.latest));
    if (seconds <= WARNING_SECONDS) return;
    const direction = this.latest > 0 ? 'ahead of' : 'behind';
    const effect = this.isTolerable ? '' : '; this instance is not ready, sends no mail and deletes nothing';
    this.logger.warn(`The clock of this machine is ${seconds} s ${direction} the database's${effect}: check NTP`);
  }
}
