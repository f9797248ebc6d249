import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { VerifiedApiKey } from '../../api-keys/api-key-verifier.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

/** The API key of the request. Only for routes with the ApiKeyGuard. */
export const CurrentApiKey = createParamDecorator((_: unknown, context: ExecutionContext): VerifiedApiKey => {
  const { apiKey } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!apiKey) throw new Error('@CurrentApiKey() without the ApiKeyGuard');
  return apiKey;
});
