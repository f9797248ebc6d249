import { afterAll, beforeAll, expect, it } from 'vitest';
import { count, untilWaiting } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres } from '../support/database.js';
import { signUp } from '../support/people.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

it.runIf(onPostgres())('an import finds an artist that is merged while it waits for the lock of it', async () => {
  const { id: userId, headers } = await signUp(app);
  const create = async (name: string): Promise<string> =>
    (await app.http.post('/api/artists', { headers, json: { name } })).body.data.id;
  const [old, into] = [await create('Old'), await create('New')];
  const line = { name: 'Old', identifiers: [{ type: 'stagedoor', value: old }], disambiguation: 'the band' };
  const answer = await app.database.transaction(async (manager) => {
    await manager.query('SELECT 1 FROM artists WHERE id = $1 FOR UPDATE', [old]);
    const importing = app.http.post('/api/catalogue/import', {
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      raw: JSON.stringify(line),
    });
    await untilWaiting(app.database, 1);
    await manager.query('DELETE FROM artists WHERE id = $1', [old]);
    await manager.query('INSERT INTO merged_artists (id, artist_id, merged_at) VALUES ($1, $2, now())', [old, into]);
    return { importing };
  });
  const { text } = await answer.importing;
  expect(JSON.parse(text.split('\n', 1)[0] ?? '')).toMatchObject({ result: 'updated', id: into });
  expect(await count(app.database, 'artists WHERE user_id = $1', [userId])).toBe(1);
});
