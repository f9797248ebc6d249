import type { Caller } from '../../src/common/caller.js';
import { networkOf } from '../../src/common/ip-address.js';

/** A caller with this IP address, who waits for the answer. */
export function callerFrom(ip: string): Caller {
  return { ip, network: networkOf(ip), userAgent: undefined, isDisconnected: () => false };
}

/** For tests in which it does not matter where a call comes from. */
export const CALLER = callerFrom('192.0.2.1');
