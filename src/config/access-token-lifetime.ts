import type { Config } from './config.js';

type Lifetimes = Pick<Config, 'accessTokenTtlSeconds' | 'keyBoundTokenTtlSeconds'>;

/** Seconds that an access token is valid for. A token that is bound to an API key has a setting of its own. */
export function accessTokenLifetime(config: Lifetimes, isKeyBound: boolean): number {
  return isKeyBound ? config.keyBoundTokenTtlSeconds : config.accessTokenTtlSeconds;
}

/** Seconds after which every access token issued so far has expired. */
export function longestAccessTokenLifetime(config: Lifetimes): number {
  return Math.max(config.accessTokenTtlSeconds, config.keyBoundTokenTtlSeconds);
}
