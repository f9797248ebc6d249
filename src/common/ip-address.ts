import ipaddr from 'ipaddr.js';

/** `203.0.113.9:4711` and `[2001:db8::1]:4711`: some proxies add the port to X-Forwarded-For. */
const WITH_PORT = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/;

/**
 * An IP address in its canonical form (RFC 5952 for IPv6), without a port and without a zone (`fe80::1%eth0`), which may
 * be of any length; an IPv4 address that is mapped into IPv6 (`::ffff:192.0.2.1`) becomes the IPv4 address. Any other
 * string is returned unchanged, also `010.1.2.3` and `10.1`, which some programs read as IPv4 addresses.
 */
export function normalizeIp(address: string): string {
  const [, bracketed, ipv4] = WITH_PORT.exec(address) ?? [];
  const ip = bracketed ?? ipv4 ?? address;
  if (isIpv4(ip)) return ip;
  return ipaddr.IPv6.isValid(ip) ? ipaddr.fromByteArray(ipaddr.process(ip).toByteArray()).toString() : address;
}

/** Whether it is an IPv6 address, or an IPv4 address of four decimal numbers. */
export function isIp(text: string): boolean {
  return isIpv4(text) || ipaddr.IPv6.isValid(text);
}

/**
 * The address of a client as a proxy reports it, in its canonical form; that of the connection where the proxy reports
 * something else, such as the `unknown` of RFC 7239.
 */
export function clientIp(reported: string, connection: string | undefined): string {
  const ip = normalizeIp(reported);
  return isIp(ip) ? ip : normalizeIp(connection ?? '');
}

/**
 * The network that stands for a client: an IPv4 address itself, but the whole /64 of an IPv6 address, since one client
 * usually has all of it.
 */
export function networkOf(ip: string): string {
  if (isIpv4(ip) || !isIp(ip)) return ip;
  const address = ipaddr.process(ip);
  return address.kind() === 'ipv4' ? address.toString() : firstOf(address, 64);
}

/**
 * The network in which a client keeps turning up with other addresses: the /24 of an IPv4 address, the /48 of an IPv6
 * address. Anything else is returned unchanged.
 */
export function widerNetworkOf(ip: string): string {
  if (!isIp(ip)) return ip;
  const address = ipaddr.process(ip);
  return firstOf(address, address.kind() === 'ipv4' ? 24 : 48);
}

/** The first address of the network with a prefix of this length. */
function firstOf(address: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): string {
  const cidr = `${address.toString()}/${prefix}`;
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return family.networkAddressFromCIDR(cidr).toString();
}

function isIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}
