import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError } from '../../../common/domain-error.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { Authenticator } from '../authenticator.js';
import { type AuthenticatedRequest, readCredentials } from './authenticated-request.js';
import { callerOf } from './current-caller.decorator.js';
import { IS_PUBLIC } from './public.decorator.js';
import { TOKEN_WITH_KEY } from './token-with-key.decorator.js';

type Targets = Parameters<Reflector['getAllAndOverride']>[1];

/** Authenticates every request whose route is not {@link Public}, counts the use of its session, and sets its principal. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly limits: RateLimits,
  ) {}

  /**
   * @throws DomainError `authentication_required`, `api_key_required`, `rate_limited`; what
   *   {@link Authenticator.authenticate} throws
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    return (
      this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, targets) === true || this.authenticate(context, targets)
    );
  }

  private async authenticate(context: ExecutionContext, targets: Targets): Promise<true> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const needsBoth = this.reflector.getAllAndOverride<boolean>(TOKEN_WITH_KEY, targets) === true;
    const credentials = readCredentials(request, { bareToken: needsBoth });
    if (needsBoth && credentials.apiKey === undefined) throw new DomainError('api_key_required');
    const principal = await this.authenticator.authenticate(credentials, callerOf(request));
    if (!principal || (needsBoth && principal.sessionId === undefined)) {
      throw new DomainError('authentication_required');
    }
    if (principal.sessionId !== undefined) await this.limits.countSessionUse(principal.sessionId);
    request.principal = principal;
    return true;
  }
}
