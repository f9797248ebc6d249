import type { SettingsReader } from './settings-reader.js';

/** `points` requests in `duration` seconds. */
export interface RateLimitRule {
  readonly points: number;
  readonly duration: number;
}

/** The limits and their defaults. */
const DEFAULTS = {
  /** Wrong passwords for one account from one network: a stranger elsewhere does not use up the owner's. */
  'login-account': { points: 10, duration: 900 },
  /** Wrong passwords from one network, for any account. */
  'login-network': { points: 100, duration: 900 },
  'sign-up': { points: 100, duration: 3600 },
  refresh: { points: 600, duration: 60 },
  /** Mails that reset a password, per network. */
  forgot: { points: 20, duration: 3600 },
  /** Mails that verify an address, per network. */
  resend: { points: 20, duration: 3600 },
  /** Attempts to undo a change of address, per network. */
  undo: { points: 20, duration: 3600 },
  /** Attempts with a code from a mail, per network. */
  code: { points: 30, duration: 900 },
  /** Changes of address, per user. */
  'address-change': { points: 5, duration: 604_800 },
  /** Requests for a challenge that a passkey signs, per network. */
  'passkey-options': { points: 120, duration: 60 },
  /** Passkeys presented, per network. */
  passkey: { points: 120, duration: 60 },
  /** Calls with one API key, from any network. */
  'api-key': { points: 6000, duration: 60 },
  /** Requests of one session, from any network. */
  session: { points: 6000, duration: 60 },
  /** Writes that every instance has to act on or keep, such as revocations, per user. */
  'costly-write': { points: 200, duration: 600 },
  /** Lookups of well-formed API keys that do not exist, per network. */
  'unknown-key': { points: 300, duration: 900 },
} as const satisfies Readonly<Record<string, RateLimitRule>>;

export type RateLimitName = keyof typeof DEFAULTS;
export type RateLimitRules = Readonly<Record<RateLimitName, RateLimitRule>>;

const POINTS_MAX = 1_000_000;
/** The longest timer of Node.js, about 25 days: a limit in memory that is longer would be forgotten at once. */
const SECONDS_MAX = 2_147_483;
const ENTRY = /^([a-z-]+):([1-9]\d{0,6})\/([1-9]\d{0,6})$/;

/** Reads `RATE_LIMITS`: entries such as `sign-up:1000/3600`, separated by commas. The other limits keep their default. */
export function readRateLimits(read: SettingsReader): RateLimitRules {
  const rules: Record<RateLimitName, RateLimitRule> = { ...DEFAULTS };
  const given = new Set<string>();
  for (const entry of read.list('RATE_LIMITS')) {
    const [, name = '', points, seconds] = ENTRY.exec(entry) ?? [];
    const rule = { points: Number(points), duration: Number(seconds) };
    const problem = problemOf(name, rule, given);
    if (problem === undefined) rules[name as RateLimitName] = rule;
    else read.reject('RATE_LIMITS', `${problem}: ${JSON.stringify(entry)}`, undefined);
    given.add(name);
  }
  return rules;
}

function problemOf(name: string, { points, duration }: RateLimitRule, given: ReadonlySet<string>): string | undefined {
  if (name === '') {
    return 'must be a list of names, requests and seconds such as sign-up:1000/3600,login-account:20/900; malformed entry';
  }
  if (!Object.hasOwn(DEFAULTS, name)) {
    return `has an unknown limit, expected one of ${Object.keys(DEFAULTS).join(', ')}`;
  }
  if (given.has(name)) return 'lists a limit twice';
  if (points > POINTS_MAX) return `allows at most ${POINTS_MAX} requests`;
  return duration > SECONDS_MAX ? `allows at most ${SECONDS_MAX} seconds` : undefined;
}
