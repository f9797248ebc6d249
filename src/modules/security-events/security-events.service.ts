import { Injectable, Logger } from '@nestjs/common';
import { requestContext } from '../../common/request-context.js';

/** What a security officer would ask about afterwards, by name. */
export type SecurityEventName =
  | 'account.created'
  | 'login.succeeded'
  | 'login.failed'
  | 'login.throttled'
  | 'session.ended'
  | 'user.role_changed'
  | 'user.status_changed'
  | 'user.deleted'
  | 'api_key.created'
  | 'api_key.rotated'
  | 'api_key.revoked'
  | 'api_key.leaked'
  | 'api_key.throttled'
  | 'access.denied';

/** Whom it concerns and who did it. Ids and plain words only: never a secret, a token, or what somebody typed. */
export interface SecurityEventDetails {
  readonly actorId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly keyId?: string;
  readonly [detail: string]: string | number | undefined;
}

/** Writes security events to the log, each with the network address it came from. */
@Injectable()
export class SecurityEvents {
  private readonly logger = new Logger('SecurityEvent');

  record(event: SecurityEventName, details: SecurityEventDetails): void {
    this.logger.log({ event, ...details, ip: requestContext.getStore()?.ip });
  }
}
