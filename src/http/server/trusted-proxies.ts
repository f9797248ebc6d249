import ipaddr from 'ipaddr.js';
import { isIp, normalizeIp } from '../../common/ip-address.js';
import type { Config } from '../../config/config.js';

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];
type IsTrusted = (address: string, hop: number) => boolean;

/** The names of networks that `TRUST_PROXY` takes. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

const MAPPED_BITS = 96;

/**
 * Which senders of X-Forwarded-For are believed, as Fastify takes it. Not Fastify's own list of addresses: it knows no
 * proxy that the one behind it wrote down with a port.
 */
export function trustedProxies(setting: Config['trustProxy']): boolean | IsTrusted {
  if (typeof setting === 'boolean') return setting;
  if (typeof setting === 'number') return (_address, hop) => hop < setting;
  const ranges = setting
    .split(',')
    .map((part) => part.trim())
    .flatMap((part) => NAMED[part] ?? [part])
    .map(rangeOf);
  return (text) => {
    const ip = normalizeIp(text);
    if (!isIp(ip)) return false;
    const address = ipaddr.process(ip);
    return ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  };
}

/** Networks of IPv4 addresses that are mapped into IPv6 are networks of IPv4 addresses. */
function rangeOf(text: string): Range {
  if (!text.includes('/')) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  const [network, bits] = ipaddr.parseCIDR(text);
  const isMapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= MAPPED_BITS;
  return isMapped ? [network.toIPv4Address(), bits - MAPPED_BITS] : [network, bits];
}
