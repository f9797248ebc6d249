import { SetMetadata } from '@nestjs/common';

export const TOKEN_WITH_KEY = Symbol('token-with-key');

/**
 * The feed's way: every call carries an API key and an access token of the same person, and the token may stand in
 * the Authorization header without the word `Bearer`.
 */
export const TokenWithKey = (): MethodDecorator & ClassDecorator => SetMetadata(TOKEN_WITH_KEY, true);
