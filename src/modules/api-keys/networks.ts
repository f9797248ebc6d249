import ipaddr from 'ipaddr.js';

/*
 * Networks in CIDR notation (RFC 4632, RFC 4291). An IPv4 address that is mapped into IPv6 (`::ffff:192.0.2.1`) is the
 * IPv4 address, on both sides of a comparison.
 */

/** A parsed network: its address and the length of its prefix in bits. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

const MAPPED_BITS = 96;

/**
 * The canonical form of a network: `10.1.2.3/8` becomes `10.0.0.0/8`, and a single address becomes a /32 or /128.
 * Undefined for anything else, such as shortened or octal IPv4, zones and host names.
 */
export function canonicalNetwork(text: string): string | undefined {
  const [address = '', bits, ...more] = text.split('/');
  const isIPv4 = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (more.length > 0 || !(isIPv4 || (ipaddr.IPv6.isValid(address) && !address.includes('%')))) return undefined;
  const width = isIPv4 ? 32 : 128;
  const prefix = bits === undefined ? width : /^(?:0|[1-9]\d{0,2})$/.test(bits) ? Number(bits) : Infinity;
  if (prefix > width) return undefined;
  if (isIPv4) return `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${prefix}`).toString()}/${prefix}`;
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${ipaddr.IPv6.parse(address).toString()}/${prefix}`);
  if (!network.isIPv4MappedAddress() || prefix < MAPPED_BITS) return `${network.toString()}/${prefix}`;
  return `${network.toIPv4Address().toString()}/${prefix - MAPPED_BITS}`;
}

/** @param networks in the form of {@link canonicalNetwork} */
export function parseNetworks(networks: readonly string[]): Network[] {
  return networks.map((network) => ipaddr.parseCIDR(network));
}

/** Whether an address is in one of the networks; a string that is not an address is in none. */
export function isWithin(networks: readonly Network[], ip: string): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return networks.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}
