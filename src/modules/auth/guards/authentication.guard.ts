import type { IncomingHttpHeaders } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../../../common/domain-error.js';
import type { Principal } from '../../../common/principal.js';
import type { VerifiedApiKey } from '../../api-keys/api-key-verifier.js';
import { Authenticator, type Credentials } from '../authenticator.js';
import { IS_PUBLIC } from '../decorators/public.decorator.js';
import { TOKEN_WITH_KEY } from '../decorators/token-with-key.decorator.js';

/** The part of a request that guards read and write. */
export interface AuthenticatedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly raw: { readonly rawHeaders: readonly string[] };
  principal?: Principal;
  apiKey?: VerifiedApiKey;
}

type Targets = Parameters<Reflector['getAllAndOverride']>[1];

/** Asks every route that is not {@link Public} who is calling, and remembers the answer on the request. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  /** @throws DomainError `authentication_required`, `api_key_required`, `invalid_token`, `invalid_api_key` */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    return this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, targets) === true || this.identify(context, targets);
  }

  private async identify(context: ExecutionContext, targets: Targets): Promise<true> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const needsBoth = this.reflector.getAllAndOverride<boolean>(TOKEN_WITH_KEY, targets) === true;
    const credentials = readCredentials(request, { rawToken: needsBoth });
    if (needsBoth && credentials.apiKey === undefined) {
      throw new DomainError('api_key_required', 'API key invalid or not provided.');
    }
    const principal = await this.authenticator.authenticate(credentials);
    if (!principal || (needsBoth && principal.sessionId === undefined)) {
      throw new DomainError('authentication_required', 'Authentication required');
    }
    request.principal = principal;
    return true;
  }
}

/**
 * Takes the credentials from the headers, the only place they may stand in. With `rawToken`, the Authorization header
 * may hold the token alone.
 * @throws DomainError `invalid_token` for another scheme, and for two Authorization headers
 */
export function readCredentials(request: AuthenticatedRequest, { rawToken = false } = {}): Credentials {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  const key = apiKey === undefined ? {} : { apiKey: String(apiKey) };
  if (authorization === undefined) return key;
  // Node keeps the first of two and drops the other silently; who knows which of them a proxy has looked at.
  const { rawHeaders } = request.raw;
  const sent = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization').length;
  const bearer =
    /^Bearer +(\S+)$/i.exec(authorization)?.[1] ??
    (rawToken && /^\S+$/.test(authorization) ? authorization : undefined);
  if (bearer === undefined || sent > 1) {
    throw new DomainError('invalid_token', 'The Authorization header must be: Bearer, a space, and the access token');
  }
  return { ...key, bearer };
}
