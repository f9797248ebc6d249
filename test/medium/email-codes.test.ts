import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSeconds } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import { SecretSeal } from '../../src/common/secret-seal.js';
import { type EmailCodeKind, LIFETIME_SECONDS } from '../../src/modules/email-codes/email-code-kind.js';
import { parseCode } from '../../src/modules/email-codes/email-code.js';
import { EmailCodes, type LiveCode, type RedeemedCode } from '../../src/modules/email-codes/email-codes.js';
import { type Account, count, insertAccount } from '../support/accounts.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, TEST_APP_SECRET, TEST_SECRET_SEAL, type TestDatabase } from '../support/database.js';

const HOUR = 3600;
const GIVEN_UP_AFTER = 2 * HOUR;
const KINDS = Object.keys(LIFETIME_SECONDS) as EmailCodeKind[];

let database: TestDatabase;
let clock: TestClock;
let codes: EmailCodes;

beforeAll(async () => {
  database = await openTestDatabase();
  clock = new TestClock();
  codes = new EmailCodes(database, clock, TEST_SECRET_SEAL);
});
afterAll(() => database.close());

const someone = (): Promise<Account> => insertAccount(database);

interface Issued {
  readonly messageId: string;
  readonly code: string;
}

async function issue(
  { id, email }: Account,
  kind: EmailCodeKind = 'reset',
  { messageId = newId(), address = email, by = codes } = {},
): Promise<Issued> {
  const giveUpAt = addSeconds(clock.now(), GIVEN_UP_AFTER);
  const code = await database.transaction((manager) =>
    by.issue(manager, { messageId, kind, userId: id, address, giveUpAt }),
  );
  if (code === undefined) throw new Error('no code was issued');
  return { messageId, code };
}

const redeem = (
  code: string,
  kinds: readonly EmailCodeKind[] = KINDS,
  of: { userId?: string } = {},
): Promise<RedeemedCode | undefined> =>
  database.transaction((manager) => codes.redeem(manager, { code, kinds, ...of }));

const find = (code: string, kinds = KINDS): Promise<LiveCode | undefined> => codes.find({ code, kinds });

const markSent = ({ messageId }: Issued): Promise<void> =>
  database.transaction((manager) => codes.startLifetime(manager, messageId, clock.now()));

describe('ACCOUNTS 35: a code', () => {
  it('is shown in three groups, is stored only as a digest, and is the same each time', async () => {
    const account = await someone();
    const { messageId, code } = await issue(account);
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    expect((await issue(account, 'reset', { messageId })).code).toBe(code);
    const [row] = await database.query<{ row: string }>(
      'SELECT to_jsonb(c)::text AS row FROM email_codes c WHERE id = $1',
      [messageId],
    );
    expect(row?.row).not.toContain(parseCode(code));
    expect((await issue(account)).code).not.toBe(code);
  });

  it.each(KINDS)('works once: %s', async (kind) => {
    const account = await someone();
    const { code } = await issue(account, kind);
    expect(await redeem(code.toLowerCase(), [kind])).toMatchObject({
      ...{ kind, userId: account.id, address: account.email, isRepeat: false },
    });
    const again = await redeem(code, [kind]);
    if (kind === 'verification') expect(again).toMatchObject({ userId: account.id, isRepeat: true });
    else expect(again).toBeUndefined();
  });

  it('is used by one of 20 at once', async () => {
    const { code } = await issue(await someone());
    const uses = await Promise.all(Array.from({ length: 20 }, () => redeem(code)));
    expect(uses.filter((used) => used !== undefined)).toHaveLength(1);
  });

  it('that verifies an address answers 20 at once, and one of them changes something', async () => {
    const { code } = await issue(await someone(), 'verification');
    const uses = await Promise.all(Array.from({ length: 20 }, () => redeem(code)));
    expect(uses.map((used) => used?.isRepeat).sort()).toEqual([false, ...Array<boolean>(19).fill(true)]);
  });

  it('is not issued for a user who was deleted while the mail waited, and the mail has not failed', async () => {
    const { id: userId, email: address } = await someone();
    await database.query('DELETE FROM users WHERE id = $1', [userId]);
    const code = { messageId: newId(), kind: 'reset', userId, address, giveUpAt: clock.now() } as const;
    expect(await database.transaction((manager) => codes.issue(manager, code))).toBeUndefined();
  });

  it('is nothing for another kind or another person, and stays good', async () => {
    const [account, other] = [await someone(), await someone()];
    const { code } = await issue(account, 'new_address', { address: 'new@example.com' });
    expect(await redeem(code, ['reset', 'verification'])).toBeUndefined();
    expect(await redeem(code, KINDS, { userId: other.id })).toBeUndefined();
    expect(await redeem(code, KINDS, { userId: account.id })).toMatchObject({ address: 'new@example.com' });
  });

  it('is nothing when it was never issued, or is no code', async () => {
    for (const code of ['0000-0000-0000', '', 'x'.repeat(100_000), "' OR 1=1 --"]) {
      expect(await redeem(code)).toBeUndefined();
      expect(await find(code)).toBeUndefined();
    }
  });

  it('stays good when the transaction that used it is rolled back', async () => {
    const { code } = await issue(await someone());
    const undone = database.transaction(async (manager) => {
      expect(await codes.redeem(manager, { code, kinds: KINDS })).toBeDefined();
      throw new Error('the password was refused');
    });
    await expect(undone).rejects.toThrow('the password was refused');
    expect(await find(code)).toBeDefined();
    expect(await redeem(code)).toBeDefined();
    expect(await find(code)).toBeUndefined();
  });

  it('that was handed over counts from its creation, and proves no mailbox', async () => {
    const { id } = await someone();
    const { code, expiresAt } = await database.transaction((manager) => codes.handOver(manager, 'reset', id));
    expect(expiresAt).toEqual(addSeconds(clock.now(), HOUR));
    clock.advance(HOUR - 1);
    expect(await find(code)).toMatchObject({ userId: id, address: null });
    clock.advance(1);
    expect(await redeem(code)).toBeUndefined();
  });
});

describe('the lifetime', () => {
  it.each(Object.entries(LIFETIME_SECONDS) as [EmailCodeKind, number][])(
    'of %s is %i seconds from when its mail was sent, to the second',
    async (kind, seconds) => {
      const issued = await issue(await someone(), kind);
      clock.advance(HOUR);
      await markSent(issued);
      clock.advance(seconds - 1);
      expect(await find(issued.code)).toBeDefined();
      clock.advance(1);
      expect(await redeem(issued.code)).toBeUndefined();
    },
  );

  it('begins when sending is given up, if the mail is never marked as sent', async () => {
    const { code } = await issue(await someone());
    clock.advance(GIVEN_UP_AFTER + HOUR - 1);
    expect(await find(code)).toBeDefined();
    clock.advance(1);
    expect(await redeem(code)).toBeUndefined();
  });

  it('of a code that verified is its end for repeats too', async () => {
    const issued = await issue(await someone(), 'verification');
    await markSent(issued);
    await redeem(issued.code);
    clock.advance(24 * HOUR - 1);
    expect(await redeem(issued.code)).toMatchObject({ isRepeat: true });
    clock.advance(1);
    expect(await redeem(issued.code)).toBeUndefined();
  });
});

describe('codes of one person', () => {
  it('are at most 5 of a kind: the oldest ends with the next', async () => {
    const [account, other] = [await someone(), await someone()];
    const [elsewhere, verification] = [await issue(other), await issue(account, 'verification')];
    const issued: Issued[] = [];
    for (let i = 0; i < 7; i++) issued.push(await issue(account));
    const live = await Promise.all(issued.map(({ code }) => find(code)));
    expect(live.map((code) => code !== undefined)).toEqual([false, false, true, true, true, true, true]);
    for (const { code } of [elsewhere, verification]) expect(await find(code)).toBeDefined();
  });

  it('are at most 5 of a kind when 20 are issued at once', async () => {
    const account = await someone();
    await Promise.all(Array.from({ length: 20 }, () => issue(account).catch(() => undefined)));
    expect(await count(database, `email_codes WHERE user_id = $1 AND ended_at IS NULL`, [account.id])).toBe(5);
  });

  it('end with the use of one of their kind', async () => {
    const account = await someone();
    const [one, two, verification] = [await issue(account), await issue(account), await issue(account, 'verification')];
    await redeem(one.code);
    expect(await find(two.code)).toBeUndefined();
    expect(await find(verification.code)).toBeDefined();
  });

  it('are never pushed out where they undo, and the use of one ends only the younger', async () => {
    const account = await someone();
    const issued: Issued[] = [];
    for (let i = 0; i < 7; i++) {
      issued.push(await issue(account, 'undo'));
      clock.advance(1);
    }
    await redeem(issued[3]?.code ?? '');
    const live = await Promise.all(issued.map(({ code }) => find(code)));
    expect(live.map((code) => code !== undefined)).toEqual([true, true, true, false, false, false, false]);
  });

  it.each([
    ['address', `UPDATE users SET email = 'x' || email WHERE id = $1`],
    ['status', `UPDATE users SET status = 'suspended' WHERE id = $1`],
    ['role', `UPDATE users SET role = 'admin' WHERE id = $1`],
  ])('end with a new %s, but for those that undo', async (_, change) => {
    const account = await someone();
    const issued = new Map<EmailCodeKind, Issued>();
    for (const kind of KINDS) issued.set(kind, await issue(account, kind));
    const elsewhere = await issue(await someone());
    await database.query(`UPDATE users SET first_name = 'Jane', role = 'user' WHERE id = $1`, [account.id]);
    for (const { code } of issued.values()) expect(await find(code)).toBeDefined();
    await database.query(change, [account.id]);
    for (const [kind, { code }] of issued) expect((await find(code)) !== undefined).toBe(kind === 'undo');
    expect(await find(elsewhere.code)).toBeDefined();
  });

  it('end by kind, as for a new password', async () => {
    const account = await someone();
    const [reset, invitation] = [await issue(account), await issue(account, 'invitation')];
    await database.transaction((manager) => codes.end(manager, account.id, ['reset']));
    expect(await find(reset.code)).toBeUndefined();
    expect(await find(invitation.code)).toBeDefined();
  });

  it('are not issued again once they have ended: a mail that is sent again has nothing to say', async () => {
    const account = await someone();
    const { messageId, code } = await issue(account);
    await redeem(code);
    await expect(issue(account, 'reset', { messageId })).rejects.toThrow('no code was issued');
    expect(await find(code)).toBeUndefined();
  });
});

describe('APP_SECRET', () => {
  const NEXT = 'another secret of the tests, and of nothing else';

  it('may change: with the previous one, codes stay good and mails that are sent again carry the same', async () => {
    const account = await someone();
    const { messageId, code } = await issue(account);
    const rotated = new EmailCodes(database, clock, new SecretSeal(NEXT, TEST_APP_SECRET));
    expect((await issue(account, 'reset', { messageId, by: rotated })).code).toBe(code);
    const used = await database.transaction((manager) => rotated.redeem(manager, { code, kinds: KINDS }));
    expect(used).toMatchObject({ userId: account.id });
  });

  it('is needed: under another, no code opens anything', async () => {
    const { code } = await issue(await someone());
    const replaced = new EmailCodes(database, clock, new SecretSeal(NEXT));
    expect(await replaced.find({ code, kinds: KINDS })).toBeUndefined();
  });
});
