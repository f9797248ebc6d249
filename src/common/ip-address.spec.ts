import { describe, expect, it } from 'vitest';
import { clientIp, networkOf, normalizeIp, widerNetworkOf } from './ip-address.js';

describe('normalizeIp', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:4711', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['[::ffff:192.0.2.7]:443', '192.0.2.7'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:65535', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    [`[fe80::1%${'a'.repeat(3000)}]:80`, 'fe80::1'],
    // Without brackets the last group is part of the address.
    ['2001:db8::1:4711', '2001:db8::1:4711'],
  ])('gives %s its canonical form', (address, canonical) => {
    expect(normalizeIp(address)).toBe(canonical);
  });

  it.each([
    ...['', 'unknown', '999.1.1.1', '192.0.2.7:', '192.0.2.7:http', '[192.0.2.7', '_hidden:80'],
    // Octal, hexadecimal and short forms: programs disagree about the address they mean.
    ...['010.1.2.3', '010.1.2.3:80', '0x0a.1', '10.1', '167837955'],
  ])('leaves what is not an address unchanged: %j', (text) => {
    expect(normalizeIp(text)).toBe(text);
  });
});

describe('clientIp', () => {
  it('is what the proxy reports, or the connection where that is no address', () => {
    expect(clientIp('[2001:DB8::1]:443', '::ffff:10.0.0.1')).toBe('2001:db8::1');
    for (const reported of ['unknown', '', '010.1.2.3', '10.1', 'x'.repeat(5000)]) {
      expect(clientIp(reported, '::ffff:10.0.0.1')).toBe('10.0.0.1');
    }
  });
});

describe('networkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
  ])('is the IPv4 address itself, however it is written: %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it.each(['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:DB8:1:2:0:0:0:9'])(
    'is the /64 of an IPv6 address: %s',
    (ip) => {
      expect(networkOf(ip)).toBe(networkOf('2001:db8:1:2::'));
    },
  );

  it('keeps neighbouring /64 networks apart', () => {
    expect(networkOf('2001:db8:1:2::1')).not.toBe(networkOf('2001:db8:1:3::1'));
  });

  it('ignores the interface of a link-local address', () => {
    expect(networkOf('fe80::1%eth0')).toBe(networkOf('fe80::2'));
  });

  it.each(['', 'unknown', '999.1.1.1'])('leaves what is not an address unchanged: %j', (text) => {
    expect(networkOf(text)).toBe(text);
  });
});

describe('widerNetworkOf', () => {
  it.each([
    ['192.0.2.7', '192.0.2.0'],
    ['::ffff:192.0.2.7', '192.0.2.0'],
    ['2001:db8:1:2::1', '2001:db8:1::'],
    ['2001:db8:1:ffff:ffff:ffff:ffff:ffff', '2001:db8:1::'],
    ['2001:db8:2::1', '2001:db8:2::'],
    ['fe80::1%eth0', 'fe80::'],
  ])('is the /24 of an IPv4 and the /48 of an IPv6 address: %s', (ip, network) => {
    expect(widerNetworkOf(ip)).toBe(network);
  });

  it.each(['', 'unknown', '999.1.1.1'])('leaves what is not an address unchanged: %j', (text) => {
    expect(widerNetworkOf(text)).toBe(text);
  });
});
