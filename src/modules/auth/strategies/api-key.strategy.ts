import { Injectable } from '@nestjs/common';
import { Strategy } from 'passport';
import { ApiKeysService } from '../../api-keys/api-keys.service.js';

/** What this strategy is asked about. */
export interface ApiKeyRequest {
  readonly apiKey: string;
}

/** Verifies an API key. Refuses by throwing what {@link ApiKeysService.verify} throws. */
@Injectable()
export class ApiKeyStrategy extends Strategy {
  override readonly name = 'api-key';

  constructor(private readonly apiKeys: ApiKeysService) {
    super();
  }

  override authenticate(request: unknown): void {
    this.apiKeys.verify((request as ApiKeyRequest).apiKey).then(
      (key) => this.success(key),
      (error: unknown) => this.error(error),
    );
  }
}
