import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditTrail } from '../../src/modules/security-events/audit-trail.js';
import type { HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { freshEmail, type Person, signUp, superAdmin } from '../support/people.js';
import { sendRaw } from '../support/raw-connection.js';

const NEW_PASSWORD = 'Quiet-Harbour-4711';
/** Pages of the app, below the paths of the operations that take their codes: nothing could be closer to them. */
const PAGES = {
  PASSWORD_RESET_LINK: '/api/auth/password/reset',
  EMAIL_VERIFY_LINK: '/api/users/me/email/verify',
  INVITATION_LINK: '/api/auth/password/reset',
  EMAIL_UNDO_LINK: '/api/auth/email/undo',
};
const ORIGIN = 'https://app.example';

let app: MailApp;
beforeAll(async () => {
  const links = Object.entries(PAGES).map(([name, path]) => [name, `${ORIGIN}${path}#code={code}`]);
  app = await startMailApp({ env: Object.fromEntries(links) as Record<string, string> });
});
afterAll(() => app.close());

const send = (path: string, { headers }: Person, json: object): Promise<HttpAnswer> =>
  app.http.post(path, { headers, json });
const forgot = (email: string): Promise<HttpAnswer> => app.http.post('/api/auth/password/forgot', { json: { email } });
const linkIn = (text: string): string => /https?:\S+/.exec(text)?.[0] ?? '';

async function newestTo(address: string): Promise<{ link: string; code: string; text: string }> {
  const { text = '', code = '' } = (await app.mailsTo(address)).at(-1) ?? {};
  return { link: linkIn(text), code, text };
}

/** Everything that a fetched link could change. */
async function rows(): Promise<unknown> {
  await app.nest.get(AuditTrail, { strict: false }).flush();
  const tables = ['users', 'email_codes', 'sessions', 'api_keys', 'outbox_messages', 'audit_events', 'revocations'];
  const states: unknown[] = [];
  for (const table of tables) {
    const [row] = await app.database.query(
      `SELECT coalesce(jsonb_agg(t ORDER BY t::text), '[]') AS all FROM ${table} t`,
    );
    states.push(row);
  }
  return states;
}

describe('ACCOUNTS 34: a link in a mail', () => {
  it('changes nothing, however often it is fetched; the code still works', async () => {
    const [root, person, mover] = [await superAdmin(app), await signUp(app), await signUp(app)];
    const [invited, moved] = [freshEmail(), freshEmail()];
    await app.http.post('/api/users/me/email/resend', { headers: mover.headers });
    await send('/api/users/me/email/verify', mover, { code: await app.codeFor(mover.email) });
    await send('/api/users/me/email', mover, { email: moved });
    await send('/api/users/me/email/verify', mover, { code: await app.codeFor(moved) });
    await app.http.post('/api/users/me/email/resend', { headers: person.headers });
    const verification = await newestTo(person.email);
    await forgot(person.email);
    expect((await send('/api/users', root, { email: invited, name: 'Grace' })).status).toBe(201);
    const [undo, reset, invitation] = [
      await newestTo(mover.email),
      await newestTo(person.email),
      await newestTo(invited),
    ];

    const before = await rows();
    for (const { link, code } of [verification, undo, reset, invitation]) {
      expect(link).toMatch(new RegExp(`^${ORIGIN}/api/.*#code=${code}$`));
      const { pathname } = new URL(link);
      for (let i = 0; i < 50; i++) {
        for (const method of ['GET', 'HEAD']) {
          // As it is sent, and as a rewriting proxy may send it.
          for (const path of [pathname, `${pathname}?code=${code}`]) {
            const { status } = await app.http.call(method, path, { headers: person.headers });
            expect(status).toBe(404);
          }
        }
      }
    }
    expect(await rows()).toEqual(before);

    expect((await send('/api/users/me/email/verify', person, { code: verification.code })).status).toBe(200);
    expect((await app.http.post('/api/auth/email/undo', { json: { code: undo.code } })).status).toBe(200);
    for (const { code } of [reset, invitation]) {
      const json = { code, newPassword: NEW_PASSWORD };
      expect((await app.http.post('/api/auth/password/reset', { json })).status).toBe(200);
    }
  });
});

describe('ACCOUNTS 38: the links of mails', () => {
  /** `forgot` with these header lines, byte for byte. */
  async function forgotWith(email: string, headers: readonly string[]): Promise<number> {
    const body = JSON.stringify({ email });
    const lines = [
      'POST /api/auth/password/forgot HTTP/1.1',
      ...headers,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    return (await sendRaw(app.url, `${lines.join('\r\n')}\r\n\r\n${body}`)).status;
  }

  it.each([
    ['Host', ['Host: evil.example']],
    ['X-Forwarded-Host', ['Host: 127.0.0.1', 'X-Forwarded-Host: evil.example']],
    ['X-Forwarded-Proto and -Port', ['Host: 127.0.0.1', 'X-Forwarded-Proto: gopher', 'X-Forwarded-Port: 666']],
    ['Forwarded', ['Host: 127.0.0.1', 'Forwarded: host=evil.example;proto=http']],
    ['Origin and Referer', ['Host: 127.0.0.1', 'Origin: https://evil.example', 'Referer: https://evil.example/x']],
    ['X-Original-URL', ['Host: 127.0.0.1', 'X-Original-URL: https://evil.example/', 'X-Rewrite-URL: /evil.example']],
  ])('come from the settings, whatever %s says', async (_, headers) => {
    const person = await signUp(app);
    expect(await forgotWith(person.email, headers)).toBe(202);
    const { link, code, text } = await newestTo(person.email);
    expect(link).toBe(`${ORIGIN}${PAGES.PASSWORD_RESET_LINK}#code=${code}`);
    expect(text).not.toMatch(/evil|gopher|666/);
  });

  it.each(['link', 'url', 'redirect', 'redirectUrl', 'returnTo', 'origin'])(
    'are not taken from a body: %s',
    async (field) => {
      const person = await signUp(app);
      const json = { email: person.email, [field]: 'https://evil.example' };
      expect((await app.http.post('/api/auth/password/forgot', { json })).status).toBe(400);
      expect(await app.mailsTo(person.email)).toEqual([]);
    },
  );
});

/** Names that would do harm in a header, a page, a template or a link, each with a mark of its own. */
function hostileNames(): string[] {
  const harms = [
    'Bcc: a@evil.example',
    '%0d%0aBcc:a@evil.example',
    '=?utf-8?B?QmNjOiBhQGV2aWwuZXhhbXBsZQ==?=',
    '=?utf-8?q?evil=2Eexample?=',
    'https://evil.example/reset',
    'evil.example',
    '<a href="//evil.example">here</a>',
    '<script>alert(1)</script>',
    '"><img src=//evil.example>',
    "' OR 1=1 --",
    '{code}',
    '{link}',
    '{?link}{/link}',
    '{{7*7}}',
    '${7*7}',
    '%s%n%x',
    '../../etc/passwd',
    '; rm -rf /',
    '`id`',
    '$(id)',
    'You won! Call +1 900 555 0100',
    'Your code is AAAA-BBBB-CCCC',
    'a@evil.example, b@evil.example',
    'Jane <a@evil.example>',
    'ＥＶＩＬ．ｅｘａｍｐｌｅ',
  ];
  const wraps = ['', '"', "'", '<', '>', '(', '[', ',', ';', ':', '.', '@', '|', '&', '#', '=', '?', '*', '_', '~'];
  return harms.flatMap((harm, i) => wraps.map((wrap, k) => `${wrap}zq${i}x${k}z ${harm}${wrap}`));
}

describe('ACCOUNTS 39: a mail to an address that is not verified', () => {
  it('repeats none of 500 hostile names, and has one recipient', async () => {
    const people = hostileNames().map((name) => ({ name, email: freshEmail() }));
    expect(people).toHaveLength(500);
    const root = await superAdmin(app);
    const imported = await app.http.post('/api/users/import', {
      raw: people.map((person) => JSON.stringify(person)).join('\n'),
      headers: { ...root.headers, 'content-type': 'application/x-ndjson' },
    });
    expect(imported.text.trimEnd().split('\n').at(-1)).toBe('{"done":true,"created":500,"exists":0,"refused":0}');
    for (const { email } of people) await forgot(email);
    const byAddress = new Map((await app.mails()).map((mail) => [mail.recipients[0], mail]));
    const texts = people.map(({ email, name }) => {
      const { recipients, subject, from, text, code = '' } = byAddress.get(email) ?? {};
      expect(recipients).toEqual([email]);
      const said = `${subject} ${from} ${text}`;
      expect(said).not.toContain(/zq\d+x\d+z/.exec(name)?.[0]);
      return said.replaceAll(code, 'CODE');
    });
    // All of them say the same.
    expect([...new Set(texts)]).toHaveLength(1);
  });

  it.each(['verify', 'new-address', 'invitation', 'address-taken'])(
    'repeats no name and no other address: %s',
    async (kind) => {
      const mark = `Zq Evil${kind.replace('-', '')}`;
      const [victim, person] = [freshEmail(), await signUp(app, { name: mark })];
      if (kind === 'verify') await app.http.post('/api/users/me/email/resend', { headers: person.headers });
      if (kind === 'new-address') await send('/api/users/me/email', person, { email: victim });
      if (kind === 'invitation') await send('/api/users', await superAdmin(app), { email: victim, name: mark });
      if (kind === 'address-taken')
        await send('/api/users/me/email', person, { email: (await signUp(app, { email: victim })).email });
      const [mail, ...others] = await app.mailsTo(kind === 'verify' ? person.email : victim);
      expect(others).toEqual([]);
      const said = `${mail?.subject} ${mail?.text}`;
      for (const part of [...mark.split(' '), person.username, 'example.com']) expect(said).not.toContain(part);
      if (kind !== 'verify') expect(said).not.toContain(person.email);
    },
  );
});
