import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiKey } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { verifiedPerson } from '../support/passkeys.js';
import { makeKey, type Person, superAdmin } from '../support/people.js';

let app: MailApp;
let root: Person;
beforeAll(async () => {
  app = await startMailApp();
  root = await superAdmin(app);
});
afterAll(() => app.close());

const subjects = async ({ email }: Person): Promise<unknown[]> =>
  (await app.mailsTo(email)).map(({ subject }) => subject);
const reportLeak = (key: string) =>
  app.http.post('/api/auth/keys/revoke-leaked', { headers: root.headers, json: { apiKey: key } });

describe('the mails about API keys', () => {
  it('tell the owner of each key that is added, rotated, deleted or reported as leaked', async () => {
    const person = await verifiedPerson(app);
    const { headers } = person;
    const key = await makeKey(app, person);
    const told = [await subjects(person)];
    const rotated = await app.http.post(`/api/auth/keys/${key.keyId}/rotate`, { headers });
    told.push(await subjects(person));
    await reportLeak(rotated.body.data.apiKey);
    told.push(await subjects(person));
    const { keyId } = await makeKey(app, person);
    await app.http.delete(`/api/auth/keys/${keyId}`, { headers });
    expect(told.map((sent) => sent.at(-1))).toEqual([
      'An API key was added to your Stagedoor account',
      'An API key of your Stagedoor account has a new secret',
      'An API key of your Stagedoor account was revoked',
    ]);
    expect((await subjects(person)).slice(told[2]?.length).sort()).toEqual([
      'An API key of your Stagedoor account was revoked',
      'An API key was added to your Stagedoor account',
    ]);
  });

  it('do not claim that a rotated key was revoked where its former secret was reported as leaked', async () => {
    const person = await verifiedPerson(app);
    const key = await makeKey(app, person);
    const rotation = { overlapSeconds: 3600 };
    const rotated = await app.http.post(`/api/auth/keys/${key.keyId}/rotate`, {
      headers: person.headers,
      json: rotation,
    });
    await reportLeak(key.apiKey);
    const { text } = (await app.mailsTo(person.email)).at(-1) ?? {};
    expect(text).toContain('or the former secret of a key that\nwas rotated, was revoked');
    expect((await app.http.get('/api/users/me', { headers: apiKey(rotated.body.data.apiKey) })).status).toBe(200);
  });

  it('are written with the change: a leaked key is not revoked without its mail', async () => {
    const person = await verifiedPerson(app);
    const key = await makeKey(app, person);
    const status = async (): Promise<number> =>
      (await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status;
    await app.database.query(
      `ALTER TABLE outbox_messages ADD CONSTRAINT no_mail CHECK (user_id <> '${person.id}') NOT VALID`,
    );
    expect((await reportLeak(key.apiKey)).status).toBe(500);
    expect(await status()).toBe(200);
    await app.database.query('ALTER TABLE outbox_messages DROP CONSTRAINT no_mail');
    expect((await reportLeak(key.apiKey)).body.data).toMatchObject({ revoked: true, userId: person.id });
    expect(await status()).toBe(401);
  });
});
