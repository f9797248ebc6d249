import { describe, expect, it } from 'vitest';
import { trustedProxies } from './trusted-proxies.js';

const trusts = (setting: string, address: string): boolean => {
  const isTrusted = trustedProxies(setting);
  if (typeof isTrusted !== 'function') throw new Error('not a list of addresses');
  return isTrusted(address, 0);
};

describe('trustedProxies', () => {
  it.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.9.9.9:443'],
    ['loopback', '::1'],
    ['loopback', '[::1]:443'],
    ['loopback', '::ffff:127.0.0.1'],
    ['linklocal', '169.254.1.1'],
    ['linklocal', 'fe80::1'],
    ['uniquelocal', '10.1.2.3'],
    ['uniquelocal', '172.31.255.255'],
    ['uniquelocal', '192.168.0.1:40001'],
    ['uniquelocal', 'fd00::1'],
    ['203.0.113.7', '203.0.113.7:40001'],
    ['203.0.113.7', '::ffff:203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.0/120', '203.0.113.9'],
    ['203.0.113.7/32, 2001:db8::/32', '[2001:db8::1]:1'],
    ['0.0.0.0/0', '198.51.100.9'],
  ])('%s includes %s', (setting, address) => {
    expect(trusts(setting, address)).toBe(true);
  });

  it.each([
    ['loopback', '128.0.0.1'],
    ['uniquelocal', '172.32.0.0'],
    ['uniquelocal', '11.0.0.1'],
    ['203.0.113.7', '203.0.113.8'],
    ['2001:db8::/32', '2001:db9::1'],
    ['0.0.0.0/0', '::1'],
    ['loopback', 'unknown'],
    ['loopback', ''],
    ['loopback', '127.0.0.1, 127.0.0.1'],
  ])('%s does not include %j', (setting, address) => {
    expect(trusts(setting, address)).toBe(false);
  });

  it('a number counts proxies from the nearest', () => {
    const isTrusted = trustedProxies(2);
    if (typeof isTrusted !== 'function') throw new Error('not a number of proxies');
    expect([0, 1, 2].map((hop) => isTrusted('198.51.100.9', hop))).toEqual([true, true, false]);
  });

  it.each([true, false])('%s is all, or none', (setting) => {
    expect(trustedProxies(setting)).toBe(setting);
  });
});
