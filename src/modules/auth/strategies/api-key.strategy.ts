import { Injectable } from '@nestjs/common';
import { Strategy } from 'passport';
import { ApiKeyVerifier, type VerifiedApiKey } from '../../api-keys/api-key-verifier.js';
import { RateLimits } from '../rate-limits.service.js';

/** What this strategy is asked about. */
export interface ApiKeyRequest {
  readonly apiKey: string;
}

/** Verifies an API key and counts its use. Refuses by throwing what {@link ApiKeyVerifier.verify} throws, and `rate_limited`. */
@Injectable()
export class ApiKeyStrategy extends Strategy {
  override readonly name = 'api-key';

  constructor(
    private readonly verifier: ApiKeyVerifier,
    private readonly limits: RateLimits,
  ) {
    super();
  }

  override authenticate(request: unknown): void {
    this.verify((request as ApiKeyRequest).apiKey).then(
      (key) => this.success(key),
      (error: unknown) => this.error(error),
    );
  }

  private async verify(secret: string): Promise<VerifiedApiKey> {
    const key = await this.verifier.verify(secret);
    await this.limits.countKeyUse(key.keyId);
    return key;
  }
}
