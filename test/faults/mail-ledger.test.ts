import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Findings } from '../support/findings.js';
import { type ReceivedMail, TestMailServer } from '../support/mail-server.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

// What a killed instance held is delivered when its lease of two minutes has ended.
vi.setConfig({ testTimeout: 900_000 });

const SECRET = randomBytes(32).toString('hex');
const REQUESTS = 1000;
/** Below the limit of an hour, so that every request is due. */
const PER_PERSON = 4;
const KILLS = 5;

const findings = new Findings('Mail through kill -9 and a mail server that goes away');
afterAll(() => findings.print());

describe('1,000 requests for mail', () => {
  let postgres: PrivatePostgres;
  let database: pg.Client;
  const mailServer = new TestMailServer();
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    postgres = await PrivatePostgres.start();
    database = new pg.Client(postgres.url);
    await database.connect();
    await mailServer.start();
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await database.end();
    await mailServer.stop();
    await postgres.remove();
  });

  const env = (): Record<string, string> => ({
    DATABASE_URL: postgres.url,
    APP_SECRET: SECRET,
    MAIL_URL: mailServer.url,
    MAIL_FROM: 'hello@acme.example',
    RATE_LIMIT_ENABLED: 'false',
  });

  async function startServer(index: number): Promise<string> {
    const server = ServerProcess.start(env());
    servers[index] = server;
    return server.url();
  }

  it('each send one mail, whatever dies meanwhile; a repeat only follows a kill, and is the same mail', async () => {
    const urls = [await startServer(0), await startServer(1)];
    const people = await signUp(urls[0] ?? '', REQUESTS / PER_PERSON);

    // Asked of the instance that lives on: each is answered, and so due.
    const forgot = async (email: string): Promise<void> => {
      const answer = await fetch(`${urls[0]}/api/auth/password/forgot`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email }),
      });
      expect(answer.status).toBe(202);
    };
    for (let round = 0; round < KILLS; round++) {
      if (round === 1) await mailServer.stop();
      if (round === 3) await mailServer.start();
      const mails = people.flatMap((email) => Array<string>(PER_PERSON).fill(email));
      const share = mails.filter((_, i) => i % KILLS === round);
      await Promise.all(share.map((email) => forgot(email)));
      servers[1]?.signalGroup('SIGKILL');
      await servers[1]?.ended;
      urls[1] = await startServer(1);
    }
    await writeAndRollBack(people[0] ?? '');

    const waiting = `SELECT count(*)::int AS count FROM outbox_messages WHERE status = 'waiting'`;
    await expect
      .poll(async () => (await database.query<{ count: number }>(waiting)).rows[0]?.count, { timeout: 600_000 })
      .toBe(0);

    const byId = new Map<string | undefined, ReceivedMail[]>();
    for (const received of mailServer.received) {
      byId.set(received.mail.messageId, [...(byId.get(received.mail.messageId) ?? []), received]);
    }
    const repeats = mailServer.received.length - byId.size;
    findings.note('mails due', REQUESTS);
    findings.note('mails that arrived', byId.size);
    findings.note('repeats after a kill', repeats);
    expect(byId.size).toBe(REQUESTS);
    for (const email of people) {
      const ids = new Set(mailServer.to(email).map(({ messageId }) => messageId));
      expect(ids.size).toBe(PER_PERSON);
    }
    for (const [first, ...others] of byId.values()) {
      expect(others.length).toBeLessThanOrEqual(KILLS);
      for (const other of others) expect(other.mail).toEqual(first?.mail);
    }
    const { rows } = await database.query<{ ids: string[] }>(
      'SELECT array_agg(id::text) AS ids FROM outbox_messages WHERE attempts > 1',
    );
    const retried = new Set(rows[0]?.ids ?? []);
    const repeated = [...byId].filter(([, mails]) => mails.length > 1).map(([id]) => id?.slice(1).split('@')[0]);
    expect(repeated.filter((id) => id === undefined || !retried.has(id))).toEqual([]);
  });

  async function signUp(url: string, count: number): Promise<string[]> {
    const people = Array.from({ length: count }, () => freshEmail());
    for (const email of people) {
      const answer = await fetch(`${url}/api/auth/signup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, name: 'Ann Doe', password: PASSWORD }),
      });
      expect(answer.status).toBe(201);
    }
    // Sign-up sends a mail of its own.
    await expect
      .poll(async () => {
        const { rows } = await database.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM outbox_messages WHERE status = 'waiting'`,
        );
        return rows[0]?.count;
      })
      .toBe(0);
    await database.query('DELETE FROM outbox_messages');
    mailServer.received.length = 0;
    return people;
  }

  async function writeAndRollBack(email: string): Promise<void> {
    await database.query('BEGIN');
    await database.query(
      `INSERT INTO outbox_messages (id, kind, recipient, status, attempts, due_at, give_up_at, created_at)
       VALUES (gen_random_uuid(), 'mail.reset', $1, 'waiting', 0, now(), now() + interval '1 hour', now())`,
      [email],
    );
    await database.query('ROLLBACK');
  }
});
