import { Injectable } from '@nestjs/common';
import { Strategy } from 'passport';
import { ApiKeyVerifier } from '../../api-keys/api-key-verifier.js';

/** What this strategy is asked about. */
export interface ApiKeyRequest {
  readonly apiKey: string;
}

/** Verifies an API key. Refuses by throwing what {@link ApiKeyVerifier.verify} throws. */
@Injectable()
export class ApiKeyStrategy extends Strategy {
  override readonly name = 'api-key';

  constructor(private readonly verifier: ApiKeyVerifier) {
    super();
  }

  override authenticate(request: unknown): void {
    this.verifier.verify((request as ApiKeyRequest).apiKey).then(
      (key) => this.success(key),
      (error: unknown) => this.error(error),
    );
  }
}
