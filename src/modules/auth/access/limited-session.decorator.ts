import { SetMetadata } from '@nestjs/common';

export const ALLOWS_LIMITED_SESSION = Symbol('allows-limited-session');

/** Opens a route to limited sessions, so that their users can lift the limit, log out, or manage their account. */
export const AllowLimitedSession = (): MethodDecorator & ClassDecorator => SetMetadata(ALLOWS_LIMITED_SESSION, true);
