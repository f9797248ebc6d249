import { DomainError } from '../../src/common/domain-error.js';
import { SecondFactors } from '../../src/modules/second-factor/second-factors.js';
import { insertAccount } from './accounts.js';
import type { TestApp } from './app.js';
import { CALLER } from './caller.js';
import type { TestClock } from './clock.js';
import { type Authenticator, insertTotp } from './second-factor.js';

/** A user with an authenticator app, whose codes are tried without a password. */
export interface CodeHolder {
  readonly id: string;
  readonly app: Authenticator;
  /** Seconds of the lock that the latest try ran into. */
  lockedFor: number;
  /** `right`, or the code of the refusal. */
  try(code: string | undefined): Promise<string>;
}

export async function insertCodeHolder(app: TestApp, clock: TestClock): Promise<CodeHolder> {
  const { id } = await insertAccount(app.database);
  const totpEnabledAt = clock.now();
  const authenticator = await insertTotp(app, clock, id);
  const factors = app.nest.get(SecondFactors, { strict: false });
  const holder: CodeHolder = {
    id,
    app: authenticator,
    lockedFor: 0,
    try: async (code) => {
      try {
        return (await factors.prove({ id, totpEnabledAt }, code, CALLER)) ? 'right' : 'not asked';
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        holder.lockedFor = error.retryAfterSeconds ?? 0;
        return error.code;
      }
    },
  };
  return holder;
}
