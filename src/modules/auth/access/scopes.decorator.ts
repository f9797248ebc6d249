import { SetMetadata } from '@nestjs/common';
import type { Scope } from '../../../common/principal.js';

export const REQUIRED_SCOPE = Symbol('required-scope');

/** Opens a route to API keys and key-bound tokens with this scope. Without it, the route requires a session. */
export const Scopes = (scope: Scope): MethodDecorator & ClassDecorator => SetMetadata(REQUIRED_SCOPE, scope);
