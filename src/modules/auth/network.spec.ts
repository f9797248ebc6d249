import { describe, expect, it } from 'vitest';
import { networkOf } from './network.js';

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
  ])('counts an IPv4 address for itself, however it is written: %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it.each(['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:DB8:1:2:0:0:0:9'])(
    'counts all addresses of an IPv6 /64 as one: %s',
    (ip) => {
      expect(networkOf(ip)).toBe(networkOf('2001:db8:1:2::'));
    },
  );

  it('tells neighbouring /64 networks apart', () => {
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
  });

  it('counts a link-local address with an interface like any other', () => {
    expect(networkOf('fe80::1%eth0')).toBe(networkOf('fe80::2'));
  });

  it.each(['', 'here', '999.1.1.1'])('leaves what is no address as it is: %j', (text) => {
    expect(networkOf(text)).toBe(text);
  });
});
