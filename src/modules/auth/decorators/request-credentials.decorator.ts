import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Credentials } from '../authenticator.js';
import { type AuthenticatedRequest, readCredentials } from '../guards/authentication.guard.js';

/** What came with the request, unverified: for the few public routes that treat credentials in a way of their own. */
export const RequestCredentials = createParamDecorator((_: unknown, context: ExecutionContext): Credentials =>
  readCredentials(context.switchToHttp().getRequest<AuthenticatedRequest>()),
);
