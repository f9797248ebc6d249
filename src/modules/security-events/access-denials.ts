import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '../../common/error-codes.js';
import type { Principal } from '../../common/principal.js';
import { SecurityEvents } from './security-events.js';

const DENIED_ONCE_SECONDS = 60;

/** Whose request it was: of a session, of a key, or of both. */
type Denied = Pick<Principal, 'userId' | 'sessionId' | 'keyId'>;

/** Records requests of known principals that lacked the right to make them. */
@Injectable()
export class AccessDenials {
  constructor(private readonly events: SecurityEvents) {}

  /** A client that repeats a request that is refused leaves one event a minute. */
  record({ userId, sessionId, keyId }: Denied, reason: ErrorCode): void {
    const details = { userId, ...(sessionId && { sessionId }), ...(keyId && { keyId }), reason };
    const key = `denied ${keyId ?? sessionId ?? userId} ${reason}`;
    this.events.recordOnce(key, DENIED_ONCE_SECONDS, 'access.denied', details);
  }
}
