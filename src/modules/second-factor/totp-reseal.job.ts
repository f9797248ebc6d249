import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { NIL_ID } from '../../common/ids.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Batches } from '../../database/batches.js';
import { Database } from '../../database/database.js';
import { TotpSecrets } from './totp-secrets.js';

const BATCH_SIZE = 256;

interface SealedRow {
  readonly userId: string;
  readonly sealedSecret: Buffer;
}

/**
 * While `APP_SECRET_PREVIOUS` is set, seals the secrets of authenticator apps under `APP_SECRET` that are sealed under the
 * previous one: at start, beside the first requests, and every hour. Several instances may do so at once.
 */
@Injectable()
export class TotpResealJob implements OnApplicationBootstrap {
  private readonly logger = new Logger(TotpResealJob.name);
  private remaining: number | undefined;

  constructor(
    private readonly database: Database,
    private readonly batches: Batches,
    private readonly secrets: TotpSecrets,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** How many secrets were not sealed under `APP_SECRET` after the last run; undefined before the first. */
  get outdated(): number | undefined {
    return this.remaining;
  }

  onApplicationBootstrap(): void {
    this.reseal().catch((error: unknown) =>
      this.logger.warn('Sealing the secrets of authenticator apps failed; it runs again within an hour', error),
    );
  }

  @Cron('43 * * * *')
  async reseal(): Promise<void> {
    if (this.config.appSecretPrevious === undefined) return;
    let sealed = 0;
    let last: string = NIL_ID;
    await this.batches.run(BATCH_SIZE, async () => {
      const rows = await this.outdatedAfter(last);
      sealed += await this.sealAgain(rows);
      last = rows.at(-1)?.userId ?? last;
      return rows.length;
    });
    // Counted, since another instance may have sealed some meanwhile.
    const [row] = await this.database.query<{ readonly remaining: number }>(
      'SELECT count(*)::int AS remaining FROM totp_factors WHERE sealed_under <> $1',
      [this.secrets.sealedUnder],
    );
    const remaining = row?.remaining ?? 0;
    this.remaining = remaining;
    if (sealed + remaining > 0) {
      const msg =
        remaining === 0
          ? 'All secrets of authenticator apps are sealed under APP_SECRET: APP_SECRET_PREVIOUS is not needed for them'
          : 'Some secrets of authenticator apps are not sealed under APP_SECRET yet: keep APP_SECRET_PREVIOUS';
      this.logger.log({ msg, sealed, remaining });
    }
  }

  private outdatedAfter(userId: string): Promise<SealedRow[]> {
    return this.database.query<SealedRow>(
      `SELECT user_id AS "userId", sealed_secret AS "sealedSecret" FROM totp_factors
        WHERE sealed_under <> $1 AND user_id > $2 ORDER BY user_id LIMIT $3`,
      [this.secrets.sealedUnder, userId, BATCH_SIZE],
    );
  }

  /** Returns how many were sealed: not those that open under neither secret, nor those that changed meanwhile. */
  private async sealAgain(rows: readonly SealedRow[]): Promise<number> {
    const opened = rows.flatMap(({ userId, sealedSecret }) => {
      const plain = this.secrets.open(userId, sealedSecret);
      return plain ? [{ userId, before: sealedSecret, ...this.secrets.sealFor(userId, plain) }] : [];
    });
    if (opened.length === 0) return 0;
    const changed = await this.database.query(
      `UPDATE totp_factors f SET sealed_secret = n.sealed_secret, sealed_under = $4
         FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n(user_id, before, sealed_secret)
        WHERE f.user_id = n.user_id AND f.sealed_secret = n.before RETURNING f.user_id`,
      [
        opened.map(({ userId }) => userId),
        opened.map(({ before }) => before),
        opened.map(({ sealedSecret }) => sealedSecret),
        this.secrets.sealedUnder,
      ],
    );
    return changed.length;
  }
}
