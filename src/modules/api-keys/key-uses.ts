import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { SessionLimit } from '../../common/principal.js';
import { LastUsedWriter } from '../../database/last-used-writer.js';
import { AccessDenials } from '../security-events/access-denials.js';
import { SecurityEvents } from '../security-events/security-events.js';
import type { CachedKey } from './key-cache.js';
import { isWithin } from './networks.js';

/** How often the use of a key from one forbidden network is recorded, in seconds. */
const REFUSED_EVERY_SECONDS = 600;

/** Records when API keys are used, and refuses their use from networks that they do not allow. */
@Injectable()
export class KeyUses {
  constructor(
    private readonly lastUsed: LastUsedWriter,
    private readonly events: SecurityEvents,
    private readonly denials: AccessDenials,
  ) {}

  /**
   * Refuses a key that is used from outside its networks, and records it: the client is misconfigured, or the key leaked.
   * @throws DomainError `invalid_api_key`
   */
  assertAllowed({ keyId, userId, networks }: CachedKey, { ip, network }: Caller): void {
    if (networks === null || isWithin(networks, ip)) return;
    const details = { userId, keyId, reason: 'network' };
    this.events.recordOnce(`key ${keyId} from ${network}`, REFUSED_EVERY_SECONDS, 'api_key.refused', details);
    throw new DomainError('invalid_api_key');
  }

  /** Refuses a key whose owner has to do something first, and records it. @throws DomainError with the code `limit` */
  deny({ keyId, userId }: CachedKey, limit: SessionLimit): never {
    this.denials.record({ keyId, userId }, limit);
    throw new DomainError(limit);
  }

  record({ id }: CachedKey, now: Date): void {
    this.lastUsed.record('api_keys', id, now);
  }
}
