import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SmtpSettings } from '../../src/config/mail-settings.js';
import { MAIL_SENDING } from '../../src/modules/mail/mail-sending.js';
import { MAIL_KIND_NAMES, type MailKind, RULES } from '../../src/modules/mail/mail-kinds.js';
import type { OutgoingMail } from '../../src/modules/mail/mail-transport.js';
import type { Letter, MailComposer } from '../../src/modules/mail/mailer.js';
import { SmtpTransport } from '../../src/modules/mail/smtp-transport.js';
import { TestClock } from '../support/clock.js';
import { onPostgres, openTestDatabase, TEST_SECRET_SEAL, type TestDatabase } from '../support/database.js';
import { type MailInstance, startMailInstance } from '../support/mail-instance.js';
import { parseMail } from '../support/mail-parser.js';
import { RawServer, TestMailServer } from '../support/mail-server.js';

const MINUTE = 60;
const HOUR = 3600;
const CODE = '0A1B-C1D0-EF2G';
const LINKS = {
  PASSWORD_RESET_LINK: 'https://app.example/reset#code={code}',
  EMAIL_VERIFY_LINK: 'https://app.example/verify#code={code}',
  INVITATION_LINK: 'https://app.example/welcome#code={code}',
  EMAIL_UNDO_LINK: 'https://app.example/undo#code={code}',
};
const ALL_VALUES = { code: CODE, takeover: false, apiKeys: 2, passkeys: 0, totp: false };

let database: TestDatabase;
let clock: TestClock;
let server: TestMailServer;
let instances: MailInstance[];

beforeEach(async () => {
  database = await openTestDatabase();
  clock = new TestClock();
  server = await new TestMailServer().start();
  instances = [];
});
afterEach(async () => {
  for (const instance of instances) await instance.close();
  await database.close();
  await server.stop();
});

interface Options {
  readonly env?: Record<string, string>;
  readonly on?: TestDatabase;
  readonly compose?: MailComposer<MailKind>['compose'];
}

/** An instance that sends every kind of mail to the recipient it was written for. */
async function start({ env = {}, on = database, compose }: Options = {}): Promise<MailInstance> {
  const toRecipient = async ({ recipient }: { recipient: string | null }): Promise<Letter<MailKind>> => ({
    ...{ to: recipient ?? '', locale: null, values: ALL_VALUES },
  });
  const instance = await startMailInstance({
    ...{ database: on, clock, seal: TEST_SECRET_SEAL },
    env: { MAIL_URL: server.url, MAIL_FROM: 'Acme <hello@acme.example>', APP_NAME: 'Acme', ...env },
    register: (_outbox, mailer) => {
      for (const kind of MAIL_KIND_NAMES) mailer.register(kind, { compose: compose ?? toRecipient });
    },
  });
  instances.push(instance);
  return instance;
}

const write = async (
  { mailer }: MailInstance,
  recipient: string,
  kind: MailKind = 'password-changed',
): Promise<string> => (await mailer.write(database.dataSource.manager, kind, { recipient })).id;

async function statusOf(id: string): Promise<{ status: string; last_error: string | null } | undefined> {
  const [row] = await database.query<{ status: string; last_error: string | null }>(
    'SELECT status, last_error FROM outbox_messages WHERE id = $1',
    [id],
  );
  return row;
}

describe('a mail', () => {
  it('goes from the sender to the recipient, and to no one else', async () => {
    const instance = await start();
    const id = await write(instance, 'ann@example.com');
    await instance.deliver();
    const [mail] = server.to('ann@example.com');
    expect(server.received).toHaveLength(1);
    expect(mail).toMatchObject({
      from: 'hello@acme.example',
      recipients: ['ann@example.com'],
      subject: 'Your Acme password was changed',
      messageId: `<${id}@acme.example>`,
    });
    expect(mail?.text).toContain('The password of your Acme account was changed');
    expect(instance.mailer.stats()).toEqual({ sent: 1, deferred: 0, refused: 0, withoutTls: 0 });
  });

  it.each(MAIL_KIND_NAMES)('of the kind %s shows its code, and the link with it', async (kind) => {
    const instance = await start({ env: LINKS });
    await write(instance, 'ann@example.com', kind);
    await instance.deliver();
    const [mail] = server.to('ann@example.com');
    expect(mail?.subject).toContain('Acme');
    expect(mail?.text).not.toMatch(/[{}]|undefined/);
    const { code, link } = RULES[kind];
    expect(mail?.code).toBe(code === undefined ? undefined : CODE);
    const [shown] = /https:\S+/.exec(mail?.text ?? '') ?? [];
    expect(shown).toBe(link && Object.values(LINKS)[LINK_ORDER.indexOf(link)]?.replace('{code}', CODE));
  });

  it('shows the code alone where no link is set', async () => {
    const instance = await start();
    await write(instance, 'ann@example.com', 'reset');
    await instance.deliver();
    const [mail] = server.to('ann@example.com');
    expect(mail?.code).toBe(CODE);
    expect(mail?.text).not.toMatch(/https?:|link/);
  });

  it('that resets says what stays, or that the account is taken over', async () => {
    let takeover = false;
    const instance = await start({
      compose: async ({ recipient }) => ({ to: recipient ?? '', locale: null, values: { ...ALL_VALUES, takeover } }),
    });
    await write(instance, 'ann@example.com', 'reset');
    await instance.deliver();
    takeover = true;
    await write(instance, 'ann@example.com', 'reset');
    await instance.deliver();
    const [kept, taken] = server.to('ann@example.com').map(({ text }) => text);
    expect(kept).toMatch(/API keys and passkeys stay; the\naccount has 2 API keys and 0 passkeys/);
    expect(kept).not.toContain('are removed');
    expect(taken).toMatch(/All sessions, .*second factors and API\nkeys are removed/s);
    expect(taken).not.toContain('passkeys stay');
  });

  it('is not sent when there is nothing to say', async () => {
    const instance = await start({ compose: async () => undefined });
    const id = await write(instance, 'ann@example.com', 'reset');
    await instance.deliver();
    expect(server.received).toEqual([]);
    expect(await statusOf(id)).toMatchObject({ status: 'skipped' });
  });
});

const LINK_ORDER = ['passwordReset', 'emailVerify', 'invitation', 'emailUndo'];

describe('ACCOUNTS 49: a mail server', () => {
  it('that is down for 30 minutes gets all mails once it is back', async () => {
    const instance = await start();
    await server.stop();
    const ids: string[] = [];
    for (let i = 0; i < 20; i++) ids.push(await write(instance, `person${i}@example.com`, 'reset'));
    for (let minute = 0; minute < 30; minute++) {
      await instance.deliver();
      clock.advance(MINUTE);
    }
    expect((await statusOf(ids[0] ?? ''))?.status).toBe('waiting');
    await server.start();
    for (let minute = 0; minute < 15; minute++) {
      await instance.deliver();
      clock.advance(MINUTE);
    }
    expect(server.received.map(({ recipients }) => recipients[0]).sort()).toEqual(
      ids.map((_, i) => `person${i}@example.com`).sort(),
    );
  });

  it.each([
    ['a recipient for now', { recipient: 451 }, 'waiting', '451'],
    ['a recipient for good', { recipient: 550 }, 'failed', '550'],
    ['the text for now', { data: 452, text: '4.3.1 mailbox full: <ann@example.com>' }, 'waiting', '452 4.3.1'],
    ['the text for good', { data: 554, text: '5.7.1 <ann@example.com> is spam' }, 'failed', '554 5.7.1'],
  ])('that refuses %s is believed, and its status is kept without the address', async (_, fate, status, error) => {
    const instance = await start();
    server.fates.set('ann@example.com', fate);
    const [id, other] = [await write(instance, 'ann@example.com'), await write(instance, 'bob@example.com')];
    await instance.deliver();
    expect(await statusOf(id)).toEqual({ status, last_error: error });
    expect(await statusOf(other)).toMatchObject({ status: 'sent' });
    expect(instance.logLines.join('\n')).not.toContain('ann@example.com');
    server.fates.clear();
    clock.advance(MINUTE);
    await instance.deliver();
    expect(server.to('ann@example.com')).toHaveLength(status === 'waiting' ? 1 : 0);
  });

  it('that dies after DATA gets the mail again, with the same Message-ID and the same code', async () => {
    const instance = await start();
    server.fates.set('*', 'die after DATA');
    await write(instance, 'ann@example.com', 'reset');
    await instance.deliver();
    server.fates.clear();
    clock.advance(MINUTE);
    await instance.deliver();
    await instance.deliver();
    const mails = server.to('ann@example.com');
    expect(mails).toHaveLength(2);
    expect(mails[1]).toEqual(mails[0]);
  });

  it('that refuses the login refuses no mail: they wait for the right password', async () => {
    await server.stop();
    server = await new TestMailServer({
      onAuth: (_auth, _session, callback) => callback(Object.assign(new Error('no'), { responseCode: 535 })),
    }).start();
    const instance = await start({ env: { MAIL_URL: `smtp://me:wrong@127.0.0.1:${server.port}` } });
    const id = await write(instance, 'ann@example.com');
    await instance.deliver();
    expect(await statusOf(id)).toEqual({ status: 'waiting', last_error: '535' });
  });

  it('that hangs or drips is left when the attempt is ended', async () => {
    const drip = await new RawServer((socket) => {
      // A greeting that never ends: each line says that another follows.
      const timer = setInterval(() => socket.write('220-wait\r\n'), 5);
      socket.on('close', () => clearInterval(timer));
    }).start();
    const hang = await new RawServer().start();
    for (const { port, sockets } of [drip, hang]) {
      const transport = new SmtpTransport(smtp({ port }), SENDER);
      const attempt = new AbortController();
      const sending = transport.send(MAIL, attempt.signal);
      while (sockets.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const closed = new Promise((resolve) => sockets[0]?.on('close', resolve));
      sockets[0]?.resume();
      attempt.abort();
      expect(await sending).toEqual({ outcome: 'deferred', error: 'EABORT' });
      await closed;
    }
    await drip.stop();
    await hang.stop();
  });
});

const SENDER = { name: '', address: 'hello@acme.example' };
const MAIL: OutgoingMail = {
  ...{
    messageId: 'one@acme.example',
    to: 'ann@example.com',
    subject: 's',
    text: 't',
    date: new Date(0),
    kind: 'reset',
  },
};

const smtp = (settings: Partial<SmtpSettings>): SmtpSettings => ({
  ...{ kind: 'smtp', host: '127.0.0.1', port: server.port, tls: 'none', isTlsWaived: false, auth: undefined },
  ...settings,
});

describe('ACCOUNTS 50: TLS', () => {
  const auth = { user: 'me', password: 'hush-hush' };
  const send = (tls: SmtpSettings['tls']) =>
    new SmtpTransport(smtp({ tls, auth }), SENDER).send(MAIL, new AbortController().signal);

  it('is demanded before a login or a mail: a server that offers none gets neither', async () => {
    expect(await send('starttls')).toMatchObject({ outcome: 'deferred' });
    expect(await send('implicit')).toMatchObject({ outcome: 'deferred' });
    expect([server.logins, server.received]).toEqual([[], []]);
  });

  it('of a certificate that is not trusted is none', async () => {
    await server.stop();
    for (const secure of [false, true]) {
      server = await new TestMailServer({ disabledCommands: [], secure }).start();
      expect(await send(secure ? 'implicit' : 'starttls')).toMatchObject({ outcome: 'deferred' });
      expect([server.logins, server.received]).toEqual([[], []]);
      if (!secure) await server.stop();
    }
  });

  it('that is missing is logged once, and counted', async () => {
    const instance = await start({ env: { MAIL_URL: server.url } });
    const transport = smtp({ tls: 'starttls', auth });
    const sending = instance.context.get<{ transport: unknown }>(MAIL_SENDING, { strict: false });
    sending.transport = new SmtpTransport(transport, SENDER);
    await write(instance, 'ann@example.com');
    await write(instance, 'bob@example.com');
    await instance.deliver();
    expect(instance.mailer.stats()).toMatchObject({ sent: 0, withoutTls: 2 });
    expect(instance.logLines.filter((line) => line.includes('offers no TLS'))).toHaveLength(1);
  });

  it('that is waived is warned of at the start', async () => {
    const waived = await start({ env: { MAIL_URL: 'smtp://me:hush-hush@mail.acme.example?tls=off' } });
    const warnings = waived.logLines.filter((line) => line.includes('without encryption'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('"level":"warn"');
    expect(waived.logLines.join()).not.toContain('hush-hush');
    expect((await start()).logLines.join()).not.toContain('without encryption');
  });

  it('is not needed on the same machine', async () => {
    expect(await send('none')).toEqual({ outcome: 'sent' });
    expect(server.logins).toEqual([{ user: 'me', password: 'hush-hush' }]);
  });
});

describe('a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-mail-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('holds each mail as a file that a mail program reads, and nobody else on the machine', async () => {
    const path = join(folder, 'mail');
    const instance = await start({ env: { MAIL_URL: `folder:${path}`, ...LINKS } });
    expect(instance.logLines.join()).toContain(path);
    const id = await write(instance, 'jörg@bücher.example', 'reset');
    await instance.deliver();
    const [name = '', ...others] = await readdir(path);
    expect(others).toEqual([]);
    expect(name).toBe(`2026-01-01T12-00-00-000Z-reset-${id}.eml`);
    const source = await readFile(join(path, name));
    expect(await parseMail(source)).toMatchObject({ code: CODE, messageId: `<${id}@acme.example>` });
    // As it is, without a mail program: for a look at the link in a first trial.
    expect(source.toString()).toContain(`https://app.example/reset#code=${CODE}\r\n`);
    expect((await stat(join(path, name))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('that cannot be written keeps the mails waiting', async () => {
    const instance = await start({ env: { MAIL_URL: 'folder:/dev/null/mail' } });
    const id = await write(instance, 'ann@example.com');
    await instance.deliver();
    expect(await statusOf(id)).toMatchObject({ status: 'waiting' });
  });
});

describe('where mail is not configured', () => {
  it('nothing is registered, and nothing runs', async () => {
    const env = { MAIL_URL: '', MAIL_FROM: '', NODE_ENV: 'production', EMBEDDED_DATABASE: 'true' };
    const instance = await start({ env });
    expect(instance.mailer.isConfigured).toBe(false);
    expect(instance.outbox.kinds()).toEqual([]);
    await expect(write(instance, 'ann@example.com')).rejects.toThrow('No handler');
  });
});

describe.runIf(onPostgres())('two instances', () => {
  it('send each mail once, and one that is killed after the mail was sent costs one repeat, which is the same', async () => {
    const [killed, survivor] = [
      await start({ on: await database.anotherPool() }),
      await start({ on: await database.anotherPool() }),
    ];
    for (let i = 0; i < 50; i++) await write(killed, `person${i}@example.com`, 'verify');
    await Promise.all([killed.deliver(), survivor.deliver()]);
    expect(new Set(server.received.map(({ recipients }) => recipients[0])).size).toBe(50);
    expect(server.received).toHaveLength(50);
    // As a killed process leaves a mail: under lease, sent, and not marked.
    await database.query(
      `UPDATE outbox_messages SET status = 'waiting', recipient = 'person7@example.com', finished_at = NULL
        WHERE id IN (SELECT id FROM outbox_messages LIMIT 1)`,
    );
    clock.advance(HOUR / 10);
    await Promise.all([killed.deliver(), survivor.deliver()]);
    expect(server.received).toHaveLength(51);
    const { mail } = server.received.at(-1) ?? {};
    expect(server.received.filter((other) => other.mail.messageId === mail?.messageId)).toHaveLength(2);
  });
});
