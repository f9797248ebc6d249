import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { RefreshRotation } from './refresh-rotation.js';
import { hashRefreshToken, isWellFormedRefreshToken } from './refresh-token.js';
import { type Redeemed, type SessionRow, toLiveSession } from './live-session.js';
import { LastUsedWriter } from '../../database/last-used-writer.js';

/** Redeems refresh tokens. With `REFRESH_TOKEN_ROTATION` each is replaced when it is used, otherwise it stays valid. */
@Injectable()
export class RefreshTokens {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly rotation: RefreshRotation,
    private readonly uses: LastUsedWriter,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The live session of a refresh token; undefined for a string that is not one, or is unknown, expired or revoked. */
  async redeem(refreshToken: string): Promise<Redeemed | undefined> {
    if (!isWellFormedRefreshToken(refreshToken)) return undefined;
    const redeemed = this.config.refreshTokenRotation
      ? await this.rotation.rotate(refreshToken)
      : await this.find(refreshToken);
    if (redeemed) this.uses.record('sessions', redeemed.session.id, this.clock.now());
    return redeemed;
  }

  private async find(refreshToken: string): Promise<Redeemed | undefined> {
    const [row] = await this.database.prepared<SessionRow>(
      'find session by refresh token',
      `SELECT s.id, s.user_id, s.expires_at, s.second_factor, u.role, u.email_verified_at
         FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.refresh_token_hash = $1 AND s.expires_at > $2 AND u.status = 'active'`,
      [hashRefreshToken(refreshToken), this.clock.now()],
    );
    return row && { session: toLiveSession(row) };
  }
}
