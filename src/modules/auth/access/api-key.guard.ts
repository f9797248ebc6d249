import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '../../../common/domain-error.js';
import { Authenticator } from '../authenticator.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { callerOf } from './current-caller.decorator.js';

/** For a public route that takes an API key beside other credentials. The key is checked before the body is. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly authenticator: Authenticator) {}

  /** @throws DomainError `api_key_required`, and what {@link Authenticator.authenticateKey} throws */
  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const secret = request.headers['x-api-key'];
    if (secret === undefined) throw new DomainError('api_key_required');
    request.apiKey = await this.authenticator.authenticateKey(String(secret), callerOf(request));
    return true;
  }
}
