import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { bearer } from '../support/http-client.js';
import { freshEmail } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';
import { ServerProcess } from '../support/server-process.js';

const ROOT = { SUPER_ADMIN_EMAIL: 'root@example.com', SUPER_ADMIN_PASSWORD: 'Open-5esame-root' };

let folder: string;
const started: ServerProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.signalGroup('SIGKILL');
    await server.ended;
  }
});

/** A server on the one folder, and an access token of its SUPER_ADMIN. */
async function start(): Promise<{ server: ServerProcess; url: string; token: string }> {
  const server = ServerProcess.start({ DATA_DIR: join(folder, 'data'), ...ROOT });
  started.push(server);
  const json = { email: ROOT.SUPER_ADMIN_EMAIL, password: ROOT.SUPER_ADMIN_PASSWORD };
  const { body } = await (await server.http()).post('/api/auth/login', { json });
  return { server, url: await server.url(), token: body.data.token };
}

/** The number of each answered line, with its result. */
const resultsIn = (text: string): Map<number, string> =>
  new Map(
    [...text.matchAll(/\{"line":(\d+),"result":"(\w+)"/g)].map(([, line, result]) => [Number(line), String(result)]),
  );

it('SECURITY 48: every answered line of an import is stored when the server is killed, and the file again completes it', async () => {
  const emails = Array.from({ length: 2000 }, freshEmail);
  const file = emails.map((email) => `${JSON.stringify({ email, name: 'Ada Lovelace' })}\n`).join('');
  const first = await start();
  const connection = await RawConnection.open(first.url);
  const head = `Host: x\r\nAuthorization: Bearer ${first.token}\r\nContent-Type: application/x-ndjson`;
  connection.send(`POST /api/users/import HTTP/1.1\r\n${head}\r\nContent-Length: ${file.length + 1}\r\n\r\n${file}`);
  await connection.hears('{"line":200,');
  first.server.signal('SIGKILL');
  const answered = resultsIn((await connection.answer()).text);
  expect(answered.size).toBeGreaterThanOrEqual(200);
  expect(new Set(answered.values())).toEqual(new Set(['created']));

  const second = await start();
  const headers = { ...bearer(second.token), 'content-type': 'application/x-ndjson' };
  const again = await (await second.server.http()).post('/api/users/import', { raw: file, headers });
  const results = resultsIn(again.text);
  expect([...answered.keys()].filter((line) => results.get(line) !== 'exists')).toEqual([]);
  const created = [...results.values()].filter((result) => result === 'created').length;
  expect(JSON.parse(again.text.trimEnd().split('\n').at(-1) ?? '')).toEqual({
    done: true,
    created,
    exists: emails.length - created,
    refused: 0,
  });
});

it('every answered line of a catalogue is stored when the server is killed, no line half, and the file again completes it', async () => {
  const artists = Array.from({ length: 3000 }, (_, i) => ({
    name: `Artist ${i}`,
    identifiers: [{ type: 'x-catalogue', value: `A-${i}` }],
    songs: [1, 2].map((n) => ({ title: `Song ${n}`, identifiers: [{ type: 'x-catalogue', value: `S-${i}-${n}` }] })),
  }));
  const file = artists.map((artist) => `${JSON.stringify(artist)}\n`).join('');
  const first = await start();
  const connection = await RawConnection.open(first.url);
  const head = `Host: x\r\nAuthorization: Bearer ${first.token}\r\nContent-Type: application/x-ndjson`;
  connection.send(
    `POST /api/catalogue/import HTTP/1.1\r\n${head}\r\nContent-Length: ${file.length + 1}\r\n\r\n${file}`,
  );
  await connection.hears('{"line":200,');
  first.server.signal('SIGKILL');
  const answered = resultsIn((await connection.answer()).text);
  expect(answered.size).toBeGreaterThanOrEqual(200);
  expect(new Set(answered.values())).toEqual(new Set(['created']));

  const second = await start();
  const http = await second.server.http();
  const exported = await http.get('/api/catalogue/export', { headers: bearer(second.token) });
  const stored = exported.text.split('\n').filter((line) => line !== '');
  expect(stored).toEqual(artists.slice(0, stored.length).map((artist) => JSON.stringify(artist)));
  expect(stored.length).toBeGreaterThanOrEqual(answered.size);

  const headers = { ...bearer(second.token), 'content-type': 'application/x-ndjson' };
  const again = await http.post('/api/catalogue/import', { raw: file, headers });
  expect(JSON.parse(again.text.trimEnd().split('\n').at(-1) ?? '')).toEqual({
    done: true,
    created: artists.length - stored.length,
    updated: 0,
    unchanged: stored.length,
    refused: 0,
  });
});
