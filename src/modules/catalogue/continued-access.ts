import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';

/** Checks again, during a long request, what the guards checked at its start. */
@Injectable()
export class ContinuedAccess {
  constructor(
    private readonly database: Database,
    private readonly sessions: ActiveSessionsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws DomainError `invalid_token` where the session was revoked, which a change of role does too; `invalid_api_key`
   *   where the key was deleted or has expired, or its owner is not active or has another role
   */
  async assertUnchanged({ sessionId, keyId, role }: Principal): Promise<void> {
    if (sessionId !== undefined && !(await this.sessions.isLive(sessionId))) throw new DomainError('invalid_token');
    if (keyId === undefined) return;
    const keys = await this.database.prepared(
      'check API key again',
      `SELECT 1 FROM api_keys JOIN users ON users.id = user_id
        WHERE key_id = $1 AND (expires_at IS NULL OR expires_at > $2) AND status = 'active' AND role = $3`,
      [keyId, this.clock.now(), role],
    );
    if (keys.length === 0) throw new DomainError('invalid_api_key');
  }
}
