// Imports artists and songs from a file with one artist a line. docs/catalogue.md describes the lines.
//   STAGEDOOR_API_KEY=sk_live_… node examples/import-catalogue.mjs roster.ndjson
import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';

const { STAGEDOOR_URL = 'http://127.0.0.1:3000', STAGEDOOR_API_KEY = '' } = process.env;
const [, , path = 'roster.ndjson'] = process.argv;

const url = new URL('/api/catalogue/import', STAGEDOOR_URL);
// Not fetch: the answers are read while the file is sent.
const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http');
const headers = { 'content-type': 'application/x-ndjson', 'x-api-key': STAGEDOOR_API_KEY };
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
const { created, updated, unchanged, refused } = last;
console.log(`created ${created}, updated ${updated}, unchanged ${unchanged}, refused ${refused}`);
