import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { ActiveSessionsService } from './active-sessions.service.js';

/**
 * Checks again, during a long request, what the guards checked at its start. Always in the database: memory forgets a
 * revoked session once its tokens have expired, and a request can last longer.
 */
@Injectable()
export class ContinuedAccess {
  constructor(
    private readonly database: Database,
    private readonly sessions: ActiveSessionsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws DomainError `invalid_token` where the session was revoked, which a change of role does too, or has expired;
   *   `invalid_api_key` where the secret that was presented was revoked or has expired, or the owner of its key is not
   *   active or has another role
   */
  async assertUnchanged({ sessionId, keySecretHash, role }: Principal): Promise<void> {
    if (sessionId !== undefined && !(await this.sessions.isLiveInDatabase(sessionId))) {
      throw new DomainError('invalid_token');
    }
    if (keySecretHash === undefined) return;
    const keys = await this.database.prepared(
      'check API key again',
      `SELECT 1 FROM api_keys JOIN users ON users.id = user_id
        WHERE (secret_hash = $1 OR (previous_secret_hash = $1 AND previous_valid_until > $2))
          AND (expires_at IS NULL OR expires_at > $2) AND status = 'active' AND role = $3`,
      [keySecretHash, this.clock.now(), role],
    );
    if (keys.length === 0) throw new DomainError('invalid_api_key');
  }
}
