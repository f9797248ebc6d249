import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Principal } from '../../../common/principal.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

/** The authenticated caller. Only for guarded routes. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): Principal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!principal) throw new Error('@CurrentPrincipal() on a public route');
  return principal;
});
