import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from '../../../common/caller.js';
import { clientIp, networkOf } from '../../../common/ip-address.js';
import type { AuthenticatedRequest } from './authenticated-request.js';

/** Reads where a request comes from. */
export function callerOf({ ip: address, headers, raw: { socket } }: AuthenticatedRequest): Caller {
  const ip = clientIp(address, socket.remoteAddress);
  return { ip, network: networkOf(ip), userAgent: headers['user-agent'], isDisconnected: () => socket.destroyed };
}

/** Where the request comes from. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<AuthenticatedRequest>()),
);
