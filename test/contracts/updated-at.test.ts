import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import type { Json } from '../support/http-client.js';
import { type Person, signUp, superAdmin } from '../support/people.js';

const clock = new TestClock();
let app: TestApp;
let owner: Person;
let root: Person;
beforeAll(async () => {
  app = await startApp({ clock });
  [owner, root] = [await signUp(app), await superAdmin(app)];
});
afterAll(() => app.close());

async function send(method: string, path: string, json?: object, { headers } = owner): Promise<Json> {
  const answer = await app.http.call(method, path, { headers, ...(json && { json }) });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body.data;
}
const newArtist = (): Promise<Json> => send('POST', '/api/artists', { name: 'Midnight' });
const newSong = ({ id }: Json): Promise<Json> => send('POST', `/api/artists/${id}/songs`, { title: 'City Lights' });

/** What is changed: where it is read, and the request that changes it. */
const CHANGES: [what: string, prepare: () => Promise<[path: string, change: () => Promise<unknown>]>][] = [
  [
    'a user who changes their name',
    async () => ['/api/users/me', () => send('PATCH', '/api/users/me', { firstName: 'Ada' })],
  ],
  [
    'a user whom an admin gives another role',
    async () => {
      const other = await signUp(app);
      const path = `/api/users/${other.id}`;
      return [path, () => send('PATCH', path, { role: 'admin' }, root)];
    },
  ],
  [
    'an artist',
    async () => {
      const path = `/api/artists/${(await newArtist()).id}`;
      return [path, () => send('PATCH', path, { name: 'Midnight Duo' })];
    },
  ],
  [
    'a song',
    async () => {
      const path = `/api/songs/${(await newSong(await newArtist())).id}`;
      return [path, () => send('PATCH', path, { title: 'Neon Rain' })];
    },
  ],
  [
    'an artist into whom another is merged',
    async () => {
      const [from, into] = [await newArtist(), await newArtist()];
      const path = `/api/artists/${into.id}`;
      return [path, () => send('POST', `/api/artists/${from.id}/merge`, { into: into.id })];
    },
  ],
  [
    'a song that a merge moves',
    async () => {
      const [from, into] = [await newArtist(), await newArtist()];
      const path = `/api/songs/${(await newSong(from)).id}`;
      return [path, () => send('POST', `/api/artists/${from.id}/merge`, { into: into.id })];
    },
  ],
];

describe('updatedAt', () => {
  it.each(CHANGES)('is the time of the last change, and createdAt stays: %s', async (_, prepare) => {
    const [path, change] = await prepare();
    const seenBy = path.startsWith('/api/users/') && path !== '/api/users/me' ? root : owner;
    const before = await send('GET', path, undefined, seenBy);
    clock.advance(60);
    await change();
    const after = await send('GET', path, undefined, seenBy);
    expect(after.updatedAt).toBe(clock.now().toISOString());
    expect(after.createdAt).toBe(before.createdAt);
    expect(before.updatedAt).not.toBe(after.updatedAt);
  });
});
