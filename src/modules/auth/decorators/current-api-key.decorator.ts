import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { VerifiedApiKey } from '../../api-keys/api-key-verifier.js';
import type { AuthenticatedRequest } from '../guards/authentication.guard.js';

/** The key that came with the request. Only on routes with the ApiKeyGuard. */
export const CurrentApiKey = createParamDecorator((_: unknown, context: ExecutionContext): VerifiedApiKey => {
  const { apiKey } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!apiKey) throw new Error('@CurrentApiKey() without the ApiKeyGuard');
  return apiKey;
});
