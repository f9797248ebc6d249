import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport';
import { AppPassport } from '../../../common/app-passport.js';
import type { Caller } from '../../../common/caller.js';
import { ApiKeyVerifier, type VerifiedApiKey } from '../../api-keys/api-key-verifier.js';

/** What the strategy reads in place of an HTTP request. */
export interface ApiKeyInput {
  readonly apiKey: string;
  readonly caller: Caller;
}

/** Authenticates by an API key. */
@Injectable()
export class ApiKeyStrategy extends PassportStrategy(Strategy, 'api-key') {
  constructor(
    passport: AppPassport,
    private readonly verifier: ApiKeyVerifier,
  ) {
    super();
    passport.use('api-key', this);
  }

  override authenticate(input: unknown): void {
    this.validate(input as ApiKeyInput).then(
      (key) => this.success(key),
      (error: unknown) => this.error(error),
    );
  }

  /** @throws what {@link ApiKeyVerifier.verify} throws */
  async validate({ apiKey, caller }: ApiKeyInput): Promise<VerifiedApiKey> {
    return this.verifier.verify(apiKey, caller);
  }
}
