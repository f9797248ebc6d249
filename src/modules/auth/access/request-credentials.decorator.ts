import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Credentials } from '../authenticator.js';
import { type AuthenticatedRequest, readCredentials } from './authenticated-request.js';

/** The credentials of the request, not verified yet, for public routes that handle them themselves. */
export const RequestCredentials = createParamDecorator((_: unknown, context: ExecutionContext): Credentials =>
  readCredentials(context.switchToHttp().getRequest<AuthenticatedRequest>()),
);
