import argon2 from 'argon2';
import { vi } from 'vitest';

export interface HeldHashing {
  /** How many verifications have begun. */
  begun(): number;
  /** How many at most were between their begin and their end at a time. */
  most(): number;
  /** Lets them end, and all that follow. */
  release(): void;
}

/** Lets no verification of a password end before it is released. */
export function holdHashing(): HeldHashing {
  const verify = argon2.verify.bind(argon2);
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let [running, most] = [0, 0];
  const spy = vi.spyOn(argon2, 'verify').mockImplementation(async (...args) => {
    most = Math.max(most, ++running);
    try {
      await gate;
      return await verify(...args);
    } finally {
      running--;
    }
  });
  return { begun: () => spy.mock.calls.length, most: () => most, release };
}
