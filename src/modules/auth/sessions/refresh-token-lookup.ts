import { Inject, Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { Clock } from '../../../common/clock.js';
import type { Role } from '../../../common/principal.js';
import { DATABASE, type OpenDatabase } from '../../../database/open-database.js';
import { queryPrepared } from '../../../database/prepared.js';
import type { LiveSession } from './sessions.service.js';

interface Row {
  readonly hash: Buffer;
  readonly id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly expires_at: Date;
}

const BATCH_MAX = 100;

/**
 * Finds live sessions by the hash of their refresh token. All who ask in one turn of the event loop are answered by one
 * statement: the way to the database and back is a third of a refresh, and under load most refreshes share it. Who asks
 * alone waits for nobody. Nothing is remembered.
 */
@Injectable()
export class RefreshTokenLookup {
  private readonly loader: DataLoader<Buffer, LiveSession | undefined>;

  constructor(
    @Inject(DATABASE) private readonly database: OpenDatabase,
    private readonly clock: Clock,
  ) {
    this.loader = new DataLoader((hashes) => this.findAll(hashes), {
      cache: false,
      maxBatchSize: BATCH_MAX,
      // When all requests that have arrived were read.
      batchScheduleFn: setImmediate,
    });
  }

  /** Undefined where there is none, it has expired, or its person is not active. */
  find(refreshTokenHash: Buffer): Promise<LiveSession | undefined> {
    return this.loader.load(refreshTokenHash);
  }

  private async findAll(hashes: readonly Buffer[]): Promise<(LiveSession | undefined)[]> {
    const rows = await queryPrepared<Row>(
      this.database,
      `SELECT s.refresh_token_hash AS hash, s.id, s.user_id, s.expires_at, u.role
         FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.refresh_token_hash = ANY ($1) AND s.expires_at > $2 AND u.status = 'active'`,
      [hashes, this.clock.now()],
    );
    const found = new Map(rows.map((row) => [row.hash.toString('base64'), row]));
    return hashes.map((hash) => {
      const row = found.get(hash.toString('base64'));
      return row && { id: row.id, userId: row.user_id, role: row.role, expiresAt: row.expires_at };
    });
  }
}
