import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { DomainError, insufficientScope } from '../../../common/domain-error.js';
import { hasRole, hasScope, type Principal, type Role, type Scope } from '../../../common/principal.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { ActiveSessionsService } from '../../sessions/active-sessions.service.js';
import { UsersService } from '../../users/users.service.js';
import type { AuthenticatedRequest } from './authenticated-request.js';
import { IS_COSTLY_WRITE } from './costly-write.decorator.js';
import { ALLOWS_LIMITED_SESSION } from './limited-session.decorator.js';
import { type RecentLoginScope, REQUIRES_RECENT_LOGIN } from './recent-login.decorator.js';
import { REQUIRED_ROLE } from './roles.decorator.js';
import { REQUIRED_SCOPE } from './scopes.decorator.js';

/**
 * Checks what a route requires of its principal, before anything else is looked up: a session without limits, the role,
 * for API keys and key-bound tokens the scope, and a recent login. Whether the principal may access a certain row is
 * decided by the policies of the core.
 */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: ActiveSessionsService,
    private readonly users: UsersService,
    private readonly limits: RateLimits,
  ) {}

  /**
   * @throws DomainError `email_not_verified`, `second_factor_setup_required`, `forbidden`, `session_required`,
   *   `insufficient_scope`, `reauthentication_required`, `rate_limited`
   */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (!principal) return true;
    const targets = [context.getHandler(), context.getClass()];
    const role = this.reflector.getAllAndOverride<Role | undefined>(REQUIRED_ROLE, targets);
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(REQUIRED_SCOPE, targets);
    const allowsLimited = this.reflector.getAllAndOverride<boolean>(ALLOWS_LIMITED_SESSION, targets) === true;
    const refusal = refusalOf(principal, { role, scope, allowsLimited });
    if (refusal) throw refusal;
    const recentLogin = this.reflector.getAllAndOverride<RecentLoginScope | undefined>(REQUIRES_RECENT_LOGIN, targets);
    const isCostly = this.reflector.getAllAndOverride<boolean>(IS_COSTLY_WRITE, targets) === true;
    return (!recentLogin && !isCostly) || this.admit(principal, { recentLogin, isCostly });
  }

  private async admit(principal: Principal, { recentLogin, isCostly }: Conditions): Promise<true> {
    if (recentLogin) await this.requireRecentLogin(principal, recentLogin);
    // Per session, so that the holder of a stolen one cannot keep its user from ending it.
    if (isCostly) await this.limits.count('costly-write', principal.sessionId ?? principal.userId);
    return true;
  }

  private async requireRecentLogin(principal: Principal, scope: RecentLoginScope): Promise<void> {
    if (await this.sessions.isRecent(principal)) return;
    if (scope === 'users with a second factor' && !(await this.users.hasFactor(principal.userId))) return;
    throw new DomainError('reauthentication_required');
  }
}

/** What remains to be asked when the principal itself suffices. */
interface Conditions {
  readonly recentLogin: RecentLoginScope | undefined;
  readonly isCostly: boolean;
}

interface Requirements {
  readonly role: Role | undefined;
  readonly scope: Scope | undefined;
  readonly allowsLimited: boolean;
}

function refusalOf(principal: Principal, { role, scope, allowsLimited }: Requirements): DomainError | undefined {
  if (principal.limit !== undefined && !allowsLimited) return new DomainError(principal.limit);
  if (principal.scopes !== undefined && scope === undefined) return new DomainError('session_required');
  if (scope !== undefined && !hasScope(principal, scope)) return insufficientScope(scope);
  return role !== undefined && !hasRole(principal, role) ? new DomainError('forbidden') : undefined;
}
