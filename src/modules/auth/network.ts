import ipaddr from 'ipaddr.js';

/**
 * The network an address counts for: an IPv4 address itself, but a whole /64 for IPv6, since one customer has all of
 * its 18 quintillion addresses.
 */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString();
}
