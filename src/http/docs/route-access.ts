import type { Type } from '@nestjs/common';
import { GUARDS_METADATA } from '@nestjs/common/constants.js';
import { Reflector } from '@nestjs/core';
import type { Role, Scope } from '../../common/principal.js';
import { ApiKeyGuard } from '../../modules/auth/access/api-key.guard.js';
import { ALLOWS_LIMITED_SESSION } from '../../modules/auth/access/limited-session.decorator.js';
import { IS_PUBLIC } from '../../modules/auth/access/public.decorator.js';
import { type RecentLoginScope, REQUIRES_RECENT_LOGIN } from '../../modules/auth/access/recent-login.decorator.js';
import { REQUIRED_ROLE } from '../../modules/auth/access/roles.decorator.js';
import { REQUIRED_SCOPE } from '../../modules/auth/access/scopes.decorator.js';
import { TOKEN_WITH_KEY } from '../../modules/auth/access/token-with-key.decorator.js';

/** A method of a controller. */
export interface Route {
  readonly controller: Type;
  readonly handler: () => unknown;
}

/** What a caller sends to be let in. */
export type AcceptedCredentials = 'none' | 'optional token' | 'token' | 'token or key' | 'key' | 'token and key';

/** What a route requires of its caller. */
export interface RouteAccess {
  readonly credentials: AcceptedCredentials;
  /** Of API keys. */
  readonly scope?: Scope | undefined;
  readonly role?: Role | undefined;
  readonly recentLogin?: RecentLoginScope | undefined;
  readonly allowsLimited: boolean;
}

const reflector = new Reflector();

/**
 * Reads from the metadata of the guards what a route requires. `own` is what a public route requires that reads the
 * credentials itself.
 */
export function accessOf({ controller, handler }: Route, own: AcceptedCredentials = 'none'): RouteAccess {
  const targets = [handler, controller];
  const read = <T>(key: symbol): T | undefined => reflector.getAllAndOverride<T | undefined>(key, targets);
  if (read<boolean>(IS_PUBLIC) === true) return { credentials: takesKey(targets) ? 'key' : own, allowsLimited: true };
  const scope = read<Scope>(REQUIRED_SCOPE);
  const credentials = scope === undefined ? 'token' : 'token or key';
  return {
    credentials: read<boolean>(TOKEN_WITH_KEY) === true ? 'token and key' : credentials,
    scope,
    role: read<Role>(REQUIRED_ROLE),
    recentLogin: read<RecentLoginScope>(REQUIRES_RECENT_LOGIN),
    allowsLimited: read<boolean>(ALLOWS_LIMITED_SESSION) === true,
  };
}

function takesKey(targets: readonly object[]): boolean {
  return targets.some((target) => {
    const guards = (Reflect.getMetadata(GUARDS_METADATA, target) ?? []) as readonly unknown[];
    return guards.includes(ApiKeyGuard);
  });
}
