import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonicalEmail } from '../../src/common/email.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, TEST_SECRET_SEAL, type TestDatabase } from '../support/database.js';
import { type MailInstance, startMailInstance } from '../support/mail-instance.js';
import { TestMailServer } from '../support/mail-server.js';

let database: TestDatabase;
let server: TestMailServer;
let instance: MailInstance;

beforeAll(async () => {
  database = await openTestDatabase();
  server = await new TestMailServer().start();
  instance = await startMailInstance({
    ...{ database, clock: new TestClock(), seal: TEST_SECRET_SEAL },
    env: { MAIL_URL: server.url, MAIL_FROM: 'Acme <hello@acme.example>', APP_NAME: 'Acme' },
    register: (_outbox, mailer) =>
      mailer.register('password-changed', {
        compose: async ({ recipient }) => ({ to: recipient ?? '', locale: null, values: {} }),
      }),
  });
});
afterAll(async () => {
  await instance.close();
  await database.close();
  await server.stop();
});

const PARTS = [
  'a',
  "o'neil",
  'x+y',
  '{x}',
  '`id`',
  '$(id)',
  '%0aBcc',
  '!#$%&*=?^_|~',
  'jörg',
  'мария',
  '名前',
  'a.b-c',
  '=?utf-8?q?x',
];
const DOMAINS = ['example.com', 'bücher.example', 'xn--bcher-kva.example', 'a.b.c.example'];
const valid = PARTS.flatMap((part) => DOMAINS.map((domain) => canonicalEmail(`${part}@${domain}`)));
// Not addresses at all: they never get this far, and would reach no second recipient if they did.
const SEPARATORS = [', ', ',', ';', ' ', '\r\nBcc: ', '\n', '>,<', '> <', '"', '\\', ':', '(', '\u2028', '\t', '; '];
const invalid = SEPARATORS.flatMap((separator) =>
  ['', '<', '"', 'group: '].flatMap((before) =>
    ['', '>', '"', ';'].flatMap((after) =>
      [`a@example.com`, 'a'].map((first) => `${before}${first}${separator}evil@evil.example${after}`),
    ),
  ),
);

it('ACCOUNTS 39: whatever an address holds, a mail reaches exactly one recipient, in its headers and on the wire', async () => {
  const addresses = [...valid.filter((address) => address !== undefined), ...invalid];
  expect(addresses.length).toBeGreaterThanOrEqual(500);
  const { manager } = database.dataSource;
  for (const recipient of addresses) await instance.mailer.write(manager, 'password-changed', { recipient });
  await instance.deliver();
  const sent = server.received;
  expect(sent.length).toBeGreaterThanOrEqual(valid.length);
  expect(sent.filter(({ recipients, mail }) => recipients.length !== 1 || mail.recipients.length !== 1)).toEqual([]);
  expect(sent.filter(({ recipients }) => recipients.includes('evil@evil.example'))).toEqual([]);
});
