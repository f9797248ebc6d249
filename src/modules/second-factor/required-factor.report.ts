import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ROLES } from '../../common/principal.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { requiresSecondFactor } from '../users/session-limit.js';

/** Logs at start how many users `SECOND_FACTOR_REQUIRED_FOR` limits. */
@Injectable()
export class RequiredFactorReport implements OnApplicationBootstrap {
  private readonly logger = new Logger(RequiredFactorReport.name);

  constructor(
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const roles = ROLES.filter((role) => requiresSecondFactor(role, this.config));
    if (roles.length === 0) return;
    const [row] = await this.database.query<{ readonly count: number }>(
      `SELECT count(*)::int AS count FROM users
        WHERE role = ANY($1) AND status = 'active' AND totp_enabled_at IS NULL AND passkey_count = 0`,
      [roles],
    );
    this.logger.log({
      msg: 'SECOND_FACTOR_REQUIRED_FOR limits the active users who have no second factor',
      users: row?.count ?? 0,
    });
  }
}
