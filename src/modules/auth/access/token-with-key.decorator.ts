import { SetMetadata } from '@nestjs/common';

export const TOKEN_WITH_KEY = Symbol('token-with-key');

/**
 * Requires an API key and an access token of the same user. The Authorization header may hold the token without the
 * word `Bearer`.
 */
export const TokenWithKey = (): MethodDecorator & ClassDecorator => SetMetadata(TOKEN_WITH_KEY, true);
