// Imports users from a file with one JSON object a line. docs/migrating.md describes the lines.
//   STAGEDOOR_EMAIL=root@example.com STAGEDOOR_PASSWORD=… node examples/import-users.mjs users.ndjson
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { STAGEDOOR_URL = 'http://127.0.0.1:3000', STAGEDOOR_EMAIL, STAGEDOOR_PASSWORD, STAGEDOOR_CODE } = process.env;
const [, , path = 'users.ndjson'] = process.argv;

const login = await fetch(new URL('/api/auth/login', STAGEDOOR_URL), {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ email: STAGEDOOR_EMAIL, password: STAGEDOOR_PASSWORD, code: STAGEDOOR_CODE }),
});
const { data, message } = await login.json();
if (!login.ok) throw new Error(`${login.status} ${message}`);

const url = new URL('/api/users/import', STAGEDOOR_URL);
// Not fetch: the answers are read while the file is sent.
const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http');
const headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${data.token}` };
const upload = request(url, { method: 'POST', headers });
const file = createReadStream(path).on('error', (error) => upload.destroy(error));
file.pipe(upload);
const [response] = await once(upload, 'response');
// An answer that comes early says why; what is still being sent then fails.
upload.on('error', () => file.destroy());

let last;
for await (const line of createInterface({ input: response })) {
  last = JSON.parse(line);
  if (last.result === 'refused') console.log(`\rline ${last.line}: ${last.message}`);
  const done = file.bytesRead / statSync(path).size;
  process.stderr.write(`\r[${'#'.repeat(30 * done).padEnd(30)}] ${Math.floor(100 * done)} %`);
}
process.stderr.write('\n');
if (!last?.done) throw new Error(last?.message ?? 'The connection was closed before the import was complete');
console.log(`created ${last.created}, already there ${last.exists}, refused ${last.refused}`);
