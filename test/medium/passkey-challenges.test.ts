import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { SecretSeal } from '../../src/common/secret-seal.js';
import { CHALLENGE_SECONDS, PasskeyChallenges } from '../../src/modules/passkeys/passkey-challenges.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';

const SECRET = 'the secret under which challenges are issued';
const NEXT_SECRET = 'the secret that replaces it at some point';

let database: TestDatabase;
let clock: TestClock;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  clock = new TestClock(new Date());
});

const challengesUnder = (secret: string, previous?: string): PasskeyChallenges =>
  new PasskeyChallenges(clock, new SecretSeal(secret, previous));

const issueLogin = (by: PasskeyChallenges): string => by.issue('login').toString('base64url');

describe('a challenge', () => {
  it('is valid for five minutes', () => {
    const challenges = challengesUnder(SECRET);
    const text = issueLogin(challenges);
    clock.advance(CHALLENGE_SECONDS - 1);
    expect(challenges.open(text, 'login')).toMatchObject({ text });
    clock.advance(1);
    expect(challenges.open(text, 'login')).toBeUndefined();
  });

  it('is valid for one purpose and one user', () => {
    const challenges = challengesUnder(SECRET);
    const [user, other] = [newId(), newId()];
    const registration = challenges.issue({ registrationOf: user }).toString('base64url');
    expect(challenges.open(registration, { registrationOf: user })).toBeDefined();
    expect(challenges.open(registration, { registrationOf: other })).toBeUndefined();
    expect(challenges.open(registration, 'login')).toBeUndefined();
    expect(challenges.open(issueLogin(challenges), { registrationOf: user })).toBeUndefined();
  });

  it('is valid under the secret it was issued under, also when that is the previous one', () => {
    const text = issueLogin(challengesUnder(SECRET));
    expect(challengesUnder(NEXT_SECRET, SECRET).open(text, 'login')).toBeDefined();
    expect(challengesUnder(NEXT_SECRET).open(text, 'login')).toBeUndefined();
  });

  it('is refused when any byte of it was changed, cut or added', () => {
    const challenges = challengesUnder(SECRET);
    const bytes = challenges.issue('login');
    const changed = [...bytes].map((byte, i) =>
      Buffer.concat([bytes.subarray(0, i), Buffer.from([byte ^ 1]), bytes.subarray(i + 1)]),
    );
    const forged = [...changed, bytes.subarray(1), Buffer.concat([bytes, Buffer.from([0])]), Buffer.alloc(0)];
    expect(forged.filter((one) => challenges.open(one.toString('base64url'), 'login'))).toEqual([]);
    expect(challenges.open(undefined, 'login')).toBeUndefined();
    expect(challenges.open(bytes.toString('base64url'), 'login')).toBeDefined();
  });

  it('is spent once', async () => {
    const challenges = challengesUnder(SECRET);
    const open = challenges.open(issueLogin(challenges), 'login');
    if (!open) throw new Error('the challenge did not open');
    const spend = (): Promise<boolean> =>
      database.transaction((manager) => challengesUnder(SECRET).spend(manager, open));
    const spent = await Promise.all(Array.from({ length: 5 }, spend));
    expect(spent.filter(Boolean)).toHaveLength(1);
    expect(await spend()).toBe(false);
  });
});
