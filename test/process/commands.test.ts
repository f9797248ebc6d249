import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandEnd, runCommand } from '../support/commands.js';
import { onServer } from '../support/global-setup.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { ServerProcess } from '../support/server-process.js';

const ROOT = { SUPER_ADMIN_EMAIL: 'root@example.com', SUPER_ADMIN_PASSWORD: 'Open-5esame-root' };
const NEW_PASSWORD = 'Harbour lights at 5';
const SERVER_URL = process.env['TEST_DATABASE_URL'];

interface Person {
  readonly id: string;
  readonly email: string;
  readonly headers: Record<string, string>;
  readonly refreshToken: string;
  readonly apiKey: string;
}

async function signUp(http: HttpClient): Promise<Person> {
  const email = freshEmail();
  const { body } = await http.post('/api/auth/signup', { json: { email, name: 'John Doe', password: PASSWORD } });
  const headers = bearer(body.data.token);
  const key = await http.post('/api/auth/keys', { headers, json: { name: 'Script' } });
  expect(key.status, key.text).toBe(201);
  return { id: body.data.user.id, email, headers, refreshToken: body.data.refreshToken, apiKey: key.body.data.apiKey };
}

const logIn = (http: HttpClient, email: string, password: string) =>
  http.post('/api/auth/login', { json: { email, password } });

async function setUpTotp(http: HttpClient, { headers }: Person): Promise<void> {
  const { body } = await http.post('/api/users/me/totp', { headers });
  const json = { code: new TOTP({ secret: Secret.fromBase32(body.data.secret) }).generate() };
  const enabled = await http.post('/api/users/me/totp/verify', { headers, json });
  expect(enabled.status, enabled.text).toBe(200);
}

/** A server that sees what a command changes within a second: at once, where it starts after it. */
class Site {
  private constructor(
    readonly env: Record<string, string>,
    private server: ServerProcess,
    public http: HttpClient,
  ) {}

  static async open(env: Record<string, string>): Promise<Site> {
    const server = ServerProcess.start({ ...env, ...ROOT, RATE_LIMIT_ENABLED: 'false' });
    return new Site(env, server, await server.http());
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }

  async startAgain(): Promise<void> {
    ({ server: this.server, http: this.http } = await Site.open(this.env));
  }

  run(command: string[], input?: string): Promise<CommandEnd> {
    return runCommand(this.env, command, input);
  }

  async expectStatus(status: number, headers: Record<string, string>): Promise<void> {
    const read = async (): Promise<number> => (await this.http.get('/api/users/me', { headers })).status;
    await expect.poll(read).toBe(status);
  }

  async kids(): Promise<string[]> {
    const { text } = await this.http.get('/.well-known/jwks.json');
    return (JSON.parse(text) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
  }

  async count(from: string): Promise<number> {
    const client = new pg.Client(this.env['DATABASE_URL']);
    await client.connect();
    try {
      const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`);
      return rows[0]?.count ?? 0;
    } finally {
      await client.end();
    }
  }

  async audit(person: Person, event: string): Promise<Record<string, unknown>[]> {
    const root = await logIn(this.http, ROOT.SUPER_ADMIN_EMAIL, ROOT.SUPER_ADMIN_PASSWORD);
    const headers = bearer(root.body.data.token);
    const { body } = await this.http.get(`/api/audit?event=${event}&userId=${person.id}`, { headers });
    return body.data as unknown as Record<string, unknown>[];
  }
}

describe.runIf(SERVER_URL !== undefined)('the commands of an operator, beside a running server', () => {
  const name = `stagedoor_commands_${randomBytes(6).toString('hex')}`;
  let site: Site;
  beforeAll(async () => {
    await onServer(SERVER_URL ?? '', `CREATE DATABASE ${name}`);
    const url = new URL(SERVER_URL ?? '');
    url.pathname = `/${name}`;
    site = await Site.open({ DATABASE_URL: url.href, APP_SECRET: randomBytes(32).toString('hex') });
  });
  afterAll(async () => {
    await site.stop();
    await onServer(SERVER_URL ?? '', `DROP DATABASE ${name} WITH (FORCE)`);
  });

  it('users:set-password replaces the password, ends the sessions and deletes the API keys', async () => {
    const person = await signUp(site.http);
    expect(await site.run(['set-password', person.email], `${NEW_PASSWORD}\n`)).toEqual({
      code: 0,
      stdout: `The password of ${person.email} is changed.\nSessions ended: 1. API keys deleted: 1.\n`,
      stderr: '',
    });
    await site.expectStatus(401, person.headers);
    await site.expectStatus(401, { 'x-api-key': person.apiKey });
    expect((await logIn(site.http, person.email, PASSWORD)).status).toBe(401);
    expect((await logIn(site.http, person.email, NEW_PASSWORD)).status).toBe(200);
    for (const event of ['password.changed', 'session.ended', 'api_key.revoked']) {
      expect(await site.audit(person, event)).toEqual([
        expect.objectContaining({ details: expect.objectContaining({ via: 'users:set-password' }) }),
      ]);
    }
  });

  it('users:set-password forgets the networks that a stranger may have used', async () => {
    const person = await signUp(site.http);
    const known = `known_networks WHERE user_id = '${person.id}'`;
    expect(await site.count(known)).toBe(1);
    await site.run(['set-password', person.email], `${NEW_PASSWORD}\n`);
    expect(await site.count(known)).toBe(0);
  });

  it('users:set-password removes the second factors that a stranger may have added', async () => {
    const person = await signUp(site.http);
    await setUpTotp(site.http, person);
    expect(await site.run(['set-password', person.email], `${NEW_PASSWORD}\n`)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nThe authenticator app, recovery codes and passkeys are removed\.\n$/),
    });
    expect((await logIn(site.http, person.email, NEW_PASSWORD)).status).toBe(200);
    expect(await site.audit(person, 'second_factor.removed')).toEqual([
      expect.objectContaining({ details: { via: 'users:set-password', factor: 'all' } }),
    ]);
  });

  it('users:set-password applies the password policy', async () => {
    const person = await signUp(site.http);
    expect(await site.run(['set-password', person.email], 'password1\n')).toMatchObject({
      code: 1,
      stderr: 'The password is one of the most common; choose another\n',
    });
    await site.expectStatus(200, person.headers);
  });

  it('users:set-password says that there is no such account', async () => {
    expect(await site.run(['set-password', 'no-one@example.com'], `${NEW_PASSWORD}\n`)).toMatchObject({
      code: 1,
      stderr: 'There is no account with the e-mail address no-one@example.com\n',
    });
  });

  it('users:grant changes the role and ends the sessions', async () => {
    const person = await signUp(site.http);
    expect(await site.run(['grant-role', person.email, 'admin'])).toMatchObject({ code: 0, stderr: '' });
    await site.expectStatus(401, person.headers);
    const login = await logIn(site.http, person.email, PASSWORD);
    const { status } = await site.http.get('/api/users', { headers: bearer(login.body.data.token) });
    expect(status).toBe(200);
    expect(await site.audit(person, 'user.role_changed')).toEqual([
      expect.objectContaining({ details: { via: 'users:grant', from: 'user', to: 'admin' } }),
    ]);
  });

  it('users:grant keeps the last active SUPER_ADMIN', async () => {
    expect(await site.run(['grant-role', ROOT.SUPER_ADMIN_EMAIL, 'user'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This is the last active SUPER_ADMIN'),
    });
  });

  it('users:reset-code prints a code that sets a new password, and verifies nothing', async () => {
    const person = await signUp(site.http);
    const { code, stdout, stderr } = await site.run(['reset-code', person.email]);
    expect([code, stderr]).toEqual([0, '']);
    const printed = /^The code ((?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}) sets a new password for (\S+), once, until (\S+):\n/;
    const [, resetCode, email, expiresAt = ''] = printed.exec(stdout) ?? [];
    expect(email).toBe(person.email);
    expect(new Date(expiresAt).getTime()).toBeGreaterThan(Date.now());
    const json = { code: resetCode, newPassword: NEW_PASSWORD };
    const reset = await site.http.post('/api/auth/password/reset', { json });
    expect(reset.status, reset.text).toBe(200);
    const login = await logIn(site.http, person.email, NEW_PASSWORD);
    expect(login.body.data.user).toMatchObject({ emailVerified: false });
    await site.expectStatus(200, { 'x-api-key': person.apiKey });
    expect(await site.audit(person, 'reset_code.created')).toEqual([
      expect.objectContaining({ actorId: null, details: { via: 'users:reset-code' } }),
    ]);
  });

  it('users:reset-code makes no code for a suspended account, whose activation would end it', async () => {
    const person = await signUp(site.http);
    const root = await logIn(site.http, ROOT.SUPER_ADMIN_EMAIL, ROOT.SUPER_ADMIN_PASSWORD);
    const headers = bearer(root.body.data.token);
    await site.http.patch(`/api/users/${person.id}`, { headers, json: { status: 'suspended' } });
    expect(await site.run(['reset-code', person.email])).toEqual({
      ...{ code: 1, stdout: '' },
      stderr: 'The account is suspended: an admin must activate it first\n',
    });
  });

  it('users:reset-code --remove-factors removes the authenticator app, and ends the sessions', async () => {
    const person = await signUp(site.http);
    await setUpTotp(site.http, person);
    expect((await logIn(site.http, person.email, PASSWORD)).body.code).toBe('second_factor_required');
    expect(await site.run(['reset-code', person.email, '--remove-factors'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^The authenticator app, recovery codes and passkeys are removed\./),
    });
    await site.expectStatus(401, person.headers);
    expect((await logIn(site.http, person.email, PASSWORD)).status).toBe(200);
    expect(await site.audit(person, 'second_factor.removed')).toEqual([
      expect.objectContaining({ details: expect.objectContaining({ via: 'users:reset-code' }) }),
    ]);
  });

  it('users:verify verifies the addresses of the accounts that are older than a date', async () => {
    const [older, newer] = [await signUp(site.http), await signUp(site.http)];
    const isVerified = async ({ headers }: Person): Promise<unknown> =>
      (await site.http.get('/api/users/me', { headers })).body.data.emailVerified;
    const { body } = await site.http.get('/api/users/me', { headers: newer.headers });
    const before = body.data.createdAt as unknown as string;
    const ending = await site.run(['verify-addresses', '--created-before', before]);
    expect(ending).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(`^Addresses verified: [1-9]\\d*, of accounts created before ${before}`),
    });
    expect([await isVerified(older), await isVerified(newer)]).toEqual([true, false]);
    expect(await site.audit(older, 'email.verified')).toEqual([
      expect.objectContaining({ actorId: null, details: { via: 'users:verify' } }),
    ]);
    expect(await site.run(['verify-addresses', '--created-before', before])).toMatchObject({
      stdout: expect.stringMatching('^Addresses verified: 0,'),
    });
    expect(await site.audit(newer, 'email.verified')).toEqual([]);
  });

  it('sessions:end -- --all ends every session and leaves API keys alone', async () => {
    const person = await signUp(site.http);
    expect(await site.run(['end-sessions', '--all'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Sessions ended: [1-9]/),
    });
    await site.expectStatus(401, person.headers);
    const refresh = await site.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    expect(refresh.status).toBe(401);
    await site.expectStatus(200, { 'x-api-key': person.apiKey });
  });

  it('after-restore ends all sessions and replaces the signing keys', async () => {
    const person = await signUp(site.http);
    const before = await site.kids();
    expect(await site.run(['after-restore'])).toMatchObject({ code: 0, stderr: '' });
    await site.expectStatus(401, person.headers);
    await expect
      .poll(async () => (await site.kids()).filter((kid) => before.includes(kid)), { timeout: 60_000, interval: 100 })
      .toEqual([]);
    expect((await logIn(site.http, person.email, PASSWORD)).status).toBe(200);
  });

  it('after-restore says when the dump was made, also when it runs again', async () => {
    const { id } = await signUp(site.http);
    // Security events are written later, and the newest one must not be between the two runs.
    const last = `audit_events WHERE event = 'api_key.created' AND user_id = '${id}'`;
    await expect.poll(() => site.count(last)).toBe(1);
    const [first, second] = [await site.run(['after-restore']), await site.run(['after-restore'])];
    const madeAt = /^The newest entry is from \S+Z\./m;
    expect(first.stdout).toMatch(madeAt);
    expect(madeAt.exec(second.stdout)?.[0]).toBe(madeAt.exec(first.stdout)?.[0]);
  });

  it('after-restore lists passwords that were set with a reset code', async () => {
    const person = await signUp(site.http);
    const { stdout: printed } = await site.run(['reset-code', person.email]);
    const [code] = /([0-9A-Z]{4}-){2}[0-9A-Z]{4}/.exec(printed) ?? [];
    const json = { code, newPassword: NEW_PASSWORD };
    expect((await site.http.post('/api/auth/password/reset', { json })).status).toBe(200);
    const { stdout } = await site.run(['after-restore', '--hours', '1']);
    expect(stdout).toMatch(new RegExp(`Passwords changed [^:]*: [1-9]\\d*\n( {2}.*\n)* {2}\\S+Z {2}${person.email}\n`));
  });

  it('after-restore names the events that docs/backup.md names', async () => {
    const { stdout } = await site.run(['after-restore', '--hours', '1']);
    const page = await readFile('docs/backup.md', 'utf8');
    const [step = ''] = /^3\. Look for .*?changes\./ms.exec(page) ?? [];
    const named = step.match(/[a-z_]+\.[a-z_]+(?=`)/g) ?? [];
    expect(named.length).toBeGreaterThan(5);
    expect(stdout).toContain(`\n  ${named.join(' ')}\n`);
  });

  it('after-restore lists API keys, passwords and accounts that changed shortly before the dump', async () => {
    const person = await signUp(site.http);
    await site.run(['set-password', person.email], `${NEW_PASSWORD}\n`);
    const { stdout } = await site.run(['after-restore', '--hours', '1']);
    expect(stdout).toMatch(/API keys made or rotated in the 1 hours before: [1-9]\d*\n {2}\S+Z {2}key_\w+ {2}\S+@\S+ /);
    expect(stdout).toMatch(new RegExp(`Passwords changed .*: [1-9]\\d*\n {2}\\S+Z {2}${person.email}\n`));
    expect(stdout).toMatch(
      new RegExp(`Accounts created .*: [1-9]\\d*\n {2}\\S+Z {2}${person.email} {2}user {2}active\n`),
    );
  });

  it.each(['after-restore', 'rotate-signing-keys', `reset-code ${ROOT.SUPER_ADMIN_EMAIL}`])(
    '%s refuses another APP_SECRET, and changes nothing',
    async (command) => {
      const person = await signUp(site.http);
      const kids = await site.kids();
      const env = { ...site.env, APP_SECRET: randomBytes(32).toString('hex') };
      const ending = await runCommand(env, command.split(' '));
      expect(ending).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('APP_SECRET') });
      expect(await site.kids()).toEqual(kids);
      await site.expectStatus(200, person.headers);
    },
  );

  it('keys:rotate -- --now says that it made keys that running servers cannot open, and repairs that', async () => {
    const person = await signUp(site.http);
    const [command, line] = [['rotate-signing-keys', '--now'], 'issue no tokens'];
    const other = await runCommand({ ...site.env, APP_SECRET: randomBytes(32).toString('hex') }, command);
    expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining(line) });
    const own = await site.run(command);
    expect(own).toMatchObject({ code: 0, stderr: '' });
    await expect.poll(async () => (await logIn(site.http, person.email, PASSWORD)).status).toBe(200);
  });

  it('all but migrate refuse a database without tables, and create none', async () => {
    const empty = `${name}_empty`;
    await onServer(SERVER_URL ?? '', `CREATE DATABASE ${empty}`);
    try {
      const url = new URL(SERVER_URL ?? '');
      url.pathname = `/${empty}`;
      const env = { ...site.env, DATABASE_URL: url.href };
      for (let run = 0; run < 2; run++) {
        const ending = await runCommand(env, ['end-sessions', '--all']);
        expect(ending).toMatchObject({
          code: 1,
          stdout: '',
          stderr: expect.stringContaining('no tables of Stagedoor'),
        });
      }
    } finally {
      await onServer(SERVER_URL ?? '', `DROP DATABASE ${empty} WITH (FORCE)`);
    }
  });

  it('migrate leaves a database of this version as it is', async () => {
    const stdout = 'The database schema is up to date.\n';
    expect(await site.run(['migrate'])).toEqual({ code: 0, stdout, stderr: '' });
  });
});

describe('the commands of an operator, on the embedded database', () => {
  let folder: string;
  let site: Site;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-commands-'));
    site = await Site.open({ DATA_DIR: join(folder, 'data') });
  });
  afterAll(async () => {
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('require that the server is stopped', async () => {
    expect(await site.run(['end-sessions', '--all'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Another Stagedoor is running'),
    });
  });

  it('work while the server is stopped', async () => {
    const person = await signUp(site.http);
    const kids = await site.kids();
    await site.stop();
    for (const [command, input] of [
      [['set-password', person.email], NEW_PASSWORD],
      [['grant-role', person.email, 'admin']],
      [['reset-code', person.email]],
      [['verify-addresses', '--created-before', '2999-12-31']],
      [['end-sessions', '--all']],
      [['after-restore']],
    ] as [string[], string?][]) {
      expect(await site.run(command, input), command.join(' ')).toMatchObject({ code: 0, stderr: '' });
    }
    await site.startAgain();
    await site.expectStatus(401, person.headers);
    await site.expectStatus(401, { 'x-api-key': person.apiKey });
    const { body } = await logIn(site.http, person.email, NEW_PASSWORD);
    expect(body.data.user).toMatchObject({ role: 'admin', emailVerified: true });
    expect((await site.kids()).filter((kid) => kids.includes(kid))).toEqual([]);
  });
});

describe('a command that cannot start', () => {
  it.each([
    ['set-password', 'npm run users:set-password -- <email>'],
    ['grant-role', 'npm run users:grant -- <email> <user|admin|SUPER_ADMIN>'],
    ['reset-code', 'npm run users:reset-code -- <email> [--remove-factors]'],
    ['verify-addresses', 'npm run users:verify -- --created-before <date, such as 2026-01-31>'],
    [
      'verify-addresses --created-before 2026-02-30',
      'npm run users:verify -- --created-before <date, such as 2026-01-31>',
    ],
    ['end-sessions', 'npm run sessions:end -- --all'],
    ['after-restore --hours 0', 'npm run after-restore [-- --hours <number>]'],
  ])('says how it is used: %s', async (command, usage) => {
    const ending = await runCommand({}, command.split(' '));
    expect(ending).toMatchObject({ code: 1, stderr: `Usage: ${usage}\n` });
  });

  it('makes no database where the folder of the embedded one is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stagedoor-commands-'));
    const dataDir = join(folder, 'mistyped');
    const ending = await runCommand({ DATA_DIR: dataDir }, ['rotate-signing-keys']);
    expect(ending).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`no database in ${dataDir}`) });
    expect(await readdir(folder)).toEqual([]);
    const file = await runCommand({ DATA_DIR: 'package.json' }, ['rotate-signing-keys']);
    expect(file.stderr).toMatch(/^There is no database in \S+package\.json\./);
    await rm(folder, { recursive: true });
  });

  it('names all problems of the configuration, and exits with 1', async () => {
    const ending = await runCommand({ PORT: 'x', NODE_ENV: 'production' }, ['migrate']);
    expect(ending).toMatchObject({ code: 1, stdout: '' });
    expect(ending.stderr).toMatch(/\n {2}- PORT must be .*\n {2}- DATABASE_URL is required with NODE_ENV=production/);
  });
});
