import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { ApiKeyVerifier } from '../api-keys/api-key-verifier.js';
import { ActiveSessionsService } from './active-sessions.service.js';

/**
 * Checks again, during a long request, what the guards checked at its start. Always in the database: memory forgets a
 * revoked session once its tokens have expired, and a request can last longer.
 */
@Injectable()
export class ContinuedAccess {
  constructor(
    private readonly sessions: ActiveSessionsService,
    private readonly keys: ApiKeyVerifier,
  ) {}

  /**
   * @throws DomainError `invalid_token` where the session was revoked, which a change of role does too, or has expired;
   *   what {@link ApiKeyVerifier.assertStillValid} throws where the caller presented an API key
   */
  async assertUnchanged({ sessionId, keySecretHash, role }: Principal): Promise<void> {
    if (sessionId !== undefined && !(await this.sessions.isLiveInDatabase(sessionId))) {
      throw new DomainError('invalid_token');
    }
    if (keySecretHash !== undefined) await this.keys.assertStillValid(keySecretHash, role);
  }
}
