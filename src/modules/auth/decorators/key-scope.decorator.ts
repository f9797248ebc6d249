import { SetMetadata } from '@nestjs/common';
import type { Scope } from '../../../common/principal.js';

export const KEY_SCOPE = Symbol('key-scope');

/** Open to API keys (and feed tokens) of this scope too. Without it, a route is for sessions alone. */
export const KeyScope = (scope: Scope): MethodDecorator & ClassDecorator => SetMetadata(KEY_SCOPE, scope);
