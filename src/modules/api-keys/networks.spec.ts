import { describe, expect, it } from 'vitest';
import { canonicalNetwork, isWithin, parseNetworks } from './networks.js';

describe('canonicalNetwork', () => {
  it.each([
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['203.0.113.77/24', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::1/32', '2001:db8::/32'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1/128'],
    ['::/0', '::/0'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:10.1.2.3', '10.1.2.3/32'],
    ['::ffff:0:0/95', '::fffe:0:0/95'],
  ])('spells %s as %s', (sent, kept) => {
    expect(canonicalNetwork(sent)).toBe(kept);
  });

  it.each([
    '',
    '10.1/16',
    '010.0.0.1',
    '0x7f.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/8.0',
    '2001:db8::/129',
    'fe80::1%eth0/64',
    'example.com',
    ' 10.0.0.0/8',
  ])('takes %j for no network', (sent) => {
    expect(canonicalNetwork(sent)).toBeUndefined();
  });
});

describe('isWithin', () => {
  const networks = parseNetworks(['203.0.113.0/24', '2001:db8::/32', '198.51.100.7/32']);

  it.each(['203.0.113.0', '203.0.113.255', '::ffff:203.0.113.9', '::ffff:cb00:7109', '2001:db8:1::5', '198.51.100.7'])(
    'finds %s inside',
    (ip) => {
      expect(isWithin(networks, ip)).toBe(true);
    },
  );

  it.each(['203.0.114.0', '::ffff:203.0.114.1', '2001:db9::1', '198.51.100.8', '::1', 'here', ''])(
    'finds %j outside',
    (ip) => {
      expect(isWithin(networks, ip)).toBe(false);
    },
  );

  it('keeps IPv4 callers out of an IPv6 network, even of all of it', () => {
    expect(isWithin(parseNetworks(['::/0']), '::ffff:10.0.0.1')).toBe(false);
  });
});
