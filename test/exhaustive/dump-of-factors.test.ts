import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecondFactors } from '../../src/modules/second-factor/second-factors.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
import { TestClock } from '../support/clock.js';
import { type DumpedValue, dumpDatabase } from '../support/database-dump.js';
import { PASSWORD, type Person, signUp } from '../support/people.js';
import { type SetUp, setUpTotp } from '../support/second-factor.js';

/*
 * An attacker has a copy of the database and the password of a user with a second factor. Nothing in the copy may stand
 * in for the factor.
 */
describe('ACCOUNTS 37: a dump of the database of a user with an authenticator app', () => {
  const clock = new TestClock();
  let app: TestApp;
  let person: Person;
  let factor: SetUp;
  let values: DumpedValue[];
  beforeAll(async () => {
    app = await startApp({ clock });
    person = await signUp(app);
    factor = await setUpTotp(app, clock, person);
    values = [...(await dumpDatabase(app.database)).values()].flat();
  });
  afterAll(() => app.close());

  const bytes = (): Buffer[] => values.map((value) => Buffer.from(value as string));
  const texts = (): string[] => [...new Set(bytes().flatMap((each) => [each.toString('utf8'), each.toString('hex')]))];

  /** Whether the user gets in with this code and the right password. */
  async function opens(code: string): Promise<boolean> {
    const user = { id: person.id, totpEnabledAt: clock.now() };
    const proof = app.nest.get(SecondFactors, { strict: false }).prove(user, code, CALLER);
    return proof.then(
      () => true,
      () => false,
    );
  }

  it('contains neither the secret of the app nor a recovery code', () => {
    const codes = factor.recoveryCodes.flatMap((code) => [code, code.replaceAll('-', '')]);
    expect(codes).toHaveLength(20);
    for (const secret of [factor.secret, ...codes]) {
      expect(texts().filter((text) => text.toUpperCase().includes(secret.toUpperCase()))).toEqual([]);
    }
    const raw = Buffer.from(Secret.fromBase32(factor.secret).bytes);
    expect(bytes().filter((each) => each.includes(raw))).toEqual([]);
  });

  it('contains nothing that computes a code of the app', () => {
    const { authenticator } = factor;
    const now = clock.now().getTime();
    const apps = bytes()
      .filter(({ length }) => length > 0)
      .map((each) => new TOTP({ secret: new Secret({ buffer: Uint8Array.from(each).buffer }) }));
    expect(apps.length).toBeGreaterThan(20);
    // Two codes, since one may be the same by chance.
    const shows = (totp: TOTP, steps: number): boolean =>
      totp.generate({ timestamp: now + steps * 30_000 }) === authenticator.code(steps);
    expect(apps.filter((totp) => shows(totp, 0) && shows(totp, 1000))).toEqual([]);
  });

  it('contains nothing that is accepted as a code', async () => {
    for (const text of texts()) expect(await opens(text), text).toBe(false);
  });

  it('comes from a server that accepts the factor and asks for it', async () => {
    const json = { email: person.email, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', { json })).body.code).toBe('second_factor_required');
    expect(await opens(factor.recoveryCodes[0] ?? '')).toBe(true);
    clock.advance(86_400);
    expect(await opens(factor.authenticator.code())).toBe(true);
  });
});
