import { SetMetadata } from '@nestjs/common';

export const REQUIRES_RECENT_LOGIN = Symbol('requires-recent-login');

/** Whom a recent login is required of. */
export type RecentLoginScope = 'every user' | 'users with a second factor';

/** Requires a session whose user logged in, or confirmed the password, within `RECENT_LOGIN_SECONDS`. */
export const RecentLogin = (scope: RecentLoginScope = 'every user'): MethodDecorator & ClassDecorator =>
  SetMetadata(REQUIRES_RECENT_LOGIN, scope);
