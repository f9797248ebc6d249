// Lists every artist of the user who owns an API key. A server needs no password and no session.
//   STAGEDOOR_API_KEY=sk_live_… node examples/server-to-server.mjs

const { STAGEDOOR_URL = 'http://127.0.0.1:3000', STAGEDOOR_API_KEY = '' } = process.env;

async function get(path) {
  const response = await fetch(new URL(path, STAGEDOOR_URL), {
    headers: { 'x-api-key': STAGEDOOR_API_KEY },
    signal: AbortSignal.timeout(10_000),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${body.code}: ${[body.message].flat().join('; ')}`);
  return body;
}

const { data: owner } = await get('/api/users/me');
console.log(`The artists of ${owner.name}:`);
// A null cursor marks the last page.
for (let cursor = ''; cursor !== null;) {
  const { data, meta } = await get(`/api/artists?size=100${cursor && `&cursor=${cursor}`}`);
  for (const artist of data) console.log(`${artist.id}  ${artist.name}`);
  cursor = meta.nextCursor;
}
