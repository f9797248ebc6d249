import { Secret, TOTP } from 'otpauth';
import type { Clock } from '../../src/common/clock.js';
import { generateTotpSecret } from '../../src/modules/second-factor/totp.js';
import { TotpSecrets } from '../../src/modules/second-factor/totp-secrets.js';
import type { TestApp } from './app.js';
import type { Person } from './people.js';

/** An authenticator app with one account. */
export class Authenticator {
  private readonly totp: TOTP;

  /** @param secret in Base32 */
  constructor(
    secret: string,
    private readonly clock: Clock,
  ) {
    this.totp = new TOTP({ secret: Secret.fromBase32(secret) });
  }

  /** The code that it shows, or the one this many steps later. */
  code(steps = 0): string {
    return this.totp.generate({ timestamp: this.clock.now().getTime() + steps * 30_000 });
  }

  /** Six digits that are not accepted at this moment. */
  wrongCode(): string {
    const accepted = [-1, 0, 1].map((steps) => this.code(steps));
    return ['000000', '111111', '222222', '333333'].find((code) => !accepted.includes(code)) as string;
  }
}

/** Gives a user an authenticator app by SQL, without recovery codes, which cost ten hashes. */
export async function insertTotp(app: TestApp, clock: Clock, userId: string): Promise<Authenticator> {
  const secret = generateTotpSecret();
  const { sealedSecret, sealedUnder } = app.nest.get(TotpSecrets, { strict: false }).sealFor(userId, secret);
  await app.database.query('INSERT INTO totp_factors (user_id, sealed_secret, sealed_under) VALUES ($1, $2, $3)', [
    userId,
    sealedSecret,
    sealedUnder,
  ]);
  await app.database.query('UPDATE users SET totp_enabled_at = $2 WHERE id = $1', [userId, clock.now()]);
  return new Authenticator(new Secret({ buffer: Uint8Array.from(secret).buffer }).base32, clock);
}

/** An authenticator app that a user set up through `/api`, with its recovery codes. */
export interface SetUp {
  readonly authenticator: Authenticator;
  /** In Base32. */
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
}

/** Sets an authenticator app up through `/api`. The address counts as verified. */
export async function setUpTotp(app: TestApp, clock: Clock, person: Person): Promise<SetUp> {
  await app.database.query('UPDATE users SET email_verified_at = $2 WHERE id = $1', [person.id, clock.now()]);
  const begun = await app.http.post('/api/users/me/totp', { headers: person.headers });
  if (begun.status !== 201) throw new Error(`the set-up answered ${begun.status}: ${begun.text}`);
  const authenticator = new Authenticator(begun.body.data.secret, clock);
  const json = { code: authenticator.code() };
  const done = await app.http.post('/api/users/me/totp/verify', { headers: person.headers, json });
  if (done.status !== 200) throw new Error(`the first code was answered ${done.status}: ${done.text}`);
  return { authenticator, secret: begun.body.data.secret, recoveryCodes: done.body.data.recoveryCodes };
}
