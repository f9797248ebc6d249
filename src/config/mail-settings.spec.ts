import { describe, expect, it } from 'vitest';
import { type Config, ConfigError } from './config.js';
import { readConfig } from './read-config.js';

type Environment = Record<string, string>;

const SERVER = { DATABASE_URL: 'postgres://db/app', APP_SECRET: 'k7Qm2vXw9TzR4bNc8LpY1sHd6JfG3aE5' };
const PRODUCTION = { NODE_ENV: 'production', EMBEDDED_DATABASE: 'true' };
const FROM = { MAIL_FROM: 'hello@acme.example' };

const mailOf = (env: Environment): Config['mail'] => readConfig(env).mail;

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('MAIL_URL', () => {
  it('is a folder beside the embedded database by default, but not in production and not with a server', () => {
    expect(mailOf({ DATA_DIR: '/srv/data' })?.transport).toEqual({ kind: 'folder', path: '/srv/data/mail' });
    expect(mailOf(PRODUCTION)).toBeUndefined();
    expect(mailOf(SERVER)).toBeUndefined();
  });

  it('names a folder, except in production', () => {
    expect(mailOf({ MAIL_URL: 'folder:./mail', ...SERVER })?.transport).toEqual({ kind: 'folder', path: './mail' });
    expect(problemsOf({ MAIL_URL: 'folder:./mail', ...PRODUCTION })).toEqual([expect.stringContaining('MAIL_URL')]);
  });

  it.each([
    ['smtps://mail.acme.example', { host: 'mail.acme.example', port: 465, tls: 'implicit' }],
    ['smtp://mail.acme.example', { host: 'mail.acme.example', port: 587, tls: 'starttls' }],
    ['smtp://mail.acme.example:25/', { host: 'mail.acme.example', port: 25, tls: 'starttls' }],
    ['smtp://192.0.2.7', { host: '192.0.2.7', port: 587, tls: 'starttls' }],
    ['smtp://0.0.0.0', { host: '0.0.0.0', port: 587, tls: 'starttls' }],
    ['smtp://localhost.evil.example', { host: 'localhost.evil.example', port: 587, tls: 'starttls' }],
    ['smtp://127.0.0.1:1025', { host: '127.0.0.1', port: 1025, tls: 'none' }],
    ['smtp://localhost:1025', { host: 'localhost', port: 1025, tls: 'none' }],
    ['smtp://[::1]:1025', { host: '::1', port: 1025, tls: 'none' }],
    ['smtp://[::ffff:127.0.0.1]:1025', { host: '::ffff:7f00:1', port: 1025, tls: 'none' }],
  ])('%s decides how TLS is used', (url, expected) => {
    const transport = mailOf({ MAIL_URL: url, ...FROM })?.transport;
    expect(transport).toEqual({ kind: 'smtp', isTlsWaived: false, auth: undefined, ...expected });
  });

  it('does without TLS where that is asked for by name', () => {
    const transport = mailOf({ MAIL_URL: 'smtp://mail.acme.example?tls=off', ...FROM })?.transport;
    expect(transport).toMatchObject({ tls: 'none', isTlsWaived: true });
    const loopback = mailOf({ MAIL_URL: 'smtp://127.0.0.1?tls=off', ...FROM })?.transport;
    expect(loopback).toMatchObject({ tls: 'none', isTlsWaived: false });
  });

  it('may hold a user and a password, percent-encoded', () => {
    const transport = mailOf({
      MAIL_URL: 'smtps://me%40acme.example:p%3Aw%2F%25@mail.acme.example',
      ...FROM,
    })?.transport;
    expect(transport).toMatchObject({ auth: { user: 'me@acme.example', password: 'p:w/%' } });
  });

  it.each([
    'mail.acme.example',
    'http://mail.acme.example',
    'smtp://',
    'smtp:mail.acme.example',
    'smtp://mail.acme.example:0',
    'smtp://mail.acme.example:70000',
    'smtp://mail.acme.example/path',
    'smtp://mail.acme.example#x',
    'smtp://mail.acme.example?tls=on',
    'smtp://mail.acme.example?tls=off&pool=true',
    'smtps://mail.acme.example?tls=off',
    'smtp://:hush-hush@mail.acme.example',
    'smtp://me:hush-hush%zz@mail.acme.example',
    'folder:',
  ])('is rejected in one sentence that does not repeat it: %s', (url) => {
    const problems = problemsOf({ MAIL_URL: url, ...FROM });
    expect(problems).toEqual([expect.stringMatching(/^MAIL_URL /)]);
    expect(problems[0]).not.toContain('hush-hush');
  });
});

describe('MAIL_FROM', () => {
  it.each([
    ['Hello@Acme.Example', { name: '', address: 'hello@acme.example' }],
    ['Acme <hello@acme.example>', { name: 'Acme', address: 'hello@acme.example' }],
    ['"Acme, Inc." <hello@acme.example>', { name: 'Acme, Inc.', address: 'hello@acme.example' }],
  ])('%s is the sender', (value, from) => {
    expect(mailOf({ MAIL_FROM: value })?.from).toEqual(from);
  });

  it.each(['hello', 'a@acme.example, b@acme.example', 'Acme <hello>', 'A\u0007cme <hello@acme.example>'])(
    'is rejected: %j',
    (value) => {
      expect(problemsOf({ MAIL_FROM: value })).toEqual([expect.stringMatching(/^MAIL_FROM must/)]);
    },
  );

  it('is required with an SMTP server, and has no effect without mail', () => {
    expect(problemsOf({ MAIL_URL: 'smtps://mail.acme.example' })).toEqual(['MAIL_FROM is required with MAIL_URL']);
    expect(problemsOf({ ...SERVER, ...FROM })).toEqual(['MAIL_FROM has no effect without MAIL_URL']);
  });
});

describe('a link', () => {
  it.each([
    'https://app.example/reset#code={code}',
    'https://app.example/#/reset/{code}',
    'http://localhost:5173/reset#{code}',
    'http://127.0.0.1:5173/reset#{code}',
  ])('may be %s', (link) => {
    expect(mailOf({ PASSWORD_RESET_LINK: link })?.links.passwordReset).toBe(link);
  });

  it.each([
    'https://app.example/reset',
    'https://app.example/reset?code={code}',
    'https://app.example/{code}#{code}',
    'https://{code}.example/#',
    'http://app.example/reset#{code}',
    'https://user:pass@app.example/#{code}',
    'javascript:alert(1)#{code}',
    'app.example/reset#{code}',
    'https://app.example/a b#{code}',
  ])('may not be %s', (link) => {
    for (const name of ['PASSWORD_RESET_LINK', 'EMAIL_VERIFY_LINK', 'INVITATION_LINK', 'EMAIL_UNDO_LINK']) {
      expect(problemsOf({ [name]: link })).toEqual([expect.stringMatching(new RegExp(`^${name} must be https`))]);
    }
  });
});

describe('APP_NAME', () => {
  it('is rejected with control characters, or without a visible one', () => {
    for (const name of ['Ac\nme', '\u200b', 'x'.repeat(65)]) {
      expect(problemsOf({ APP_NAME: name })).toEqual([expect.stringMatching(/^APP_NAME /)]);
    }
    expect(readConfig({ APP_NAME: 'Acme Musik' }).appName).toBe('Acme Musik');
  });
});
