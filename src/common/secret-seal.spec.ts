import { describe, expect, it } from 'vitest';
import { SecretSeal } from './secret-seal.js';

const NEW = 'the secret of this year, of 32 bytes and more';
const OLD = 'the secret of last year, of 32 bytes and more';

describe('keysFor', () => {
  it('derives 256 bits, the same each time, for one secret and one purpose alone', () => {
    const [key] = new SecretSeal(NEW).keysFor('email codes');
    expect(key).toHaveLength(32);
    expect(new SecretSeal(NEW, OLD).keysFor('email codes')[0]).toEqual(key);
    expect(new SecretSeal(NEW).keysFor('outbox recipients')[0]).not.toEqual(key);
    expect(new SecretSeal(OLD).keysFor('email codes')[0]).not.toEqual(key);
  });

  it('derives one key for each secret, that of the present one first', () => {
    const present = new SecretSeal(NEW).keysFor('email codes');
    const previous = new SecretSeal(OLD).keysFor('email codes');
    expect(new SecretSeal(NEW, OLD).keysFor('email codes')).toEqual([...present, ...previous]);
  });
});
