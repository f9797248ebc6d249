import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, type Client, createClient, type Lock } from '../src/index.js';
import { defaultLock } from '../src/lock.js';
import { FakeServer, json, refusal, SharedStore, USER } from './fake-server.js';

const CREDENTIALS = { email: 'jane@example.com', password: 'correct horse battery' };
const LOST = (): never => {
  throw new TypeError('fetch failed');
};

let server: FakeServer;
let store: SharedStore;
let api: Client;
/** Shared by the clients of a test, as a Web Lock is by tabs. */
let lock: Lock;

const client = (): Client => createClient({ baseUrl: 'https://stagedoor.example/', store, lock, fetch: server.fetch });

beforeEach(async () => {
  vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
  server = new FakeServer();
  store = new SharedStore();
  vi.stubGlobal('navigator', {});
  lock = defaultLock('test');
  api = client();
  await api.logIn(CREDENTIALS);
  server.received.length = 0;
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

const refusedWith = (code: string): object => expect.objectContaining({ name: 'ApiError', code }) as object;
const advance = (seconds: number): unknown => vi.setSystemTime(Date.now() + seconds * 1000);

describe('a call', () => {
  it('is sent with the id in the path, the query in the URL or the body as JSON, and the options', async () => {
    await api.updateArtist('a/b', { name: 'The Band' }, { headers: { 'if-match': '"6"' } });
    await api.listSongs('1', { q: 'a b', size: 5, cursor: undefined });
    await api.importCatalogue('{"name":"One"}\n');
    await api.beginTotp();
    expect(server.received.map(({ call, body, headers }) => [call, body, headers])).toEqual([
      [
        'PATCH /api/artists/a%2Fb',
        { name: 'The Band' },
        { 'content-type': 'application/json', 'if-match': '"6"', authorization: 'Bearer token-1' },
      ],
      ['GET /api/artists/1/songs?q=a%20b&size=5', undefined, { authorization: 'Bearer token-1' }],
      [
        'POST /api/catalogue/import',
        '{"name":"One"}\n',
        { 'content-type': 'application/x-ndjson', authorization: 'Bearer token-1' },
      ],
      ['POST /api/users/me/totp', undefined, { authorization: 'Bearer token-1' }],
    ]);
  });

  it('returns the data of the response, the whole page of a list, and the response where it is asked for', async () => {
    expect(await api.me()).toEqual({ call: 'GET /api/users/me' });
    const page = { message: 'OK', data: [], meta: { nextCursor: null } };
    server.instead('GET /api/artists', () => json(200, page));
    expect(await api.listArtists()).toEqual(page);
    const { data, response } = await api.withResponse.showArtist('1');
    expect([data, response.headers.get('etag')]).toEqual([{ call: 'GET /api/artists/1' }, '"7"']);
    server.instead('DELETE /api/artists/1', () => new Response(null, { status: 204 }));
    expect(await api.deleteArtist('1')).toBeUndefined();
  });

  it('returns the response itself where it is no JSON', async () => {
    const lines = (): Response => new Response('{"line":1}\n', { headers: { 'content-type': 'application/x-ndjson' } });
    server.instead('GET /api/catalogue/export', lines);
    expect(await (await api.exportCatalogue()).text()).toBe('{"line":1}\n');
  });

  it('carries no token to an operation that takes none, and none after a logout', async () => {
    await api.forgotPassword({ email: 'jane@example.com' });
    await api.logOut();
    await expect(api.me()).rejects.toEqual(refusedWith('authentication_required'));
    expect(server.received.map(({ headers }) => headers['authorization'])).toEqual([undefined, undefined, undefined]);
  });

  it('carries the API key of a server instead of a session', async () => {
    const withKey = createClient({ baseUrl: 'https://stagedoor.example', fetch: server.fetch, apiKey: 'sk_live_…' });
    await withKey.me();
    expect(server.received[0]?.headers).toEqual({ 'x-api-key': 'sk_live_…' });
  });

  it('rejects with the code, the messages, the fields and the headers of a refusal', async () => {
    const errors = [{ field: 'name', code: 'too_long', message: 'name is too long' }];
    const body = { code: 'invalid_request', message: ['name is too long', 'sortName is too long'], errors };
    server.instead('POST /api/artists', () => json(400, body, { 'x-request-id': 'r-1', 'retry-after': '7' }));
    const error = await api.createArtist({ name: '' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect({ ...(error as ApiError) }).toEqual({
      name: 'ApiError',
      code: 'invalid_request',
      messages: ['name is too long', 'sortName is too long'],
      errors,
      status: 400,
      retryAfter: 7,
      requestId: 'r-1',
      cause: undefined,
    });
    expect((error as ApiError).message).toBe('name is too long\nsortName is too long');
  });

  it('rejects with a code of its own when nothing or something else responds', async () => {
    server.instead('GET /api/users/me', LOST, () => new Response('<h1>Bad Gateway</h1>', { status: 502 }));
    await expect(api.me()).rejects.toMatchObject({ code: 'network_error', status: 0 });
    await expect(api.me()).rejects.toMatchObject({ code: 'unexpected_response', status: 502 });
  });

  it('rejects with the reason of its own signal', async () => {
    const reason = new Error('the user left');
    const signal = AbortSignal.abort(reason);
    server.instead('GET /api/users/me', () => {
      throw reason;
    });
    await expect(api.me({ signal })).rejects.toBe(reason);
  });

  it('goes through the pages of a list only as far as a loop asks', async () => {
    const page = (data: number[], nextCursor: string | null) => (): Response =>
      json(200, { data, meta: { nextCursor } });
    server.instead('GET /api/artists?size=100&q=x', page([1, 2], 'c'), page([1, 2], 'c'));
    server.instead('GET /api/artists?size=100&q=x&cursor=c', page([3], null));
    const all = [];
    for await (const artist of api.artists({ q: 'x' })) all.push(artist);
    expect(all).toEqual([1, 2, 3]);
    const requests = server.received.length;
    for await (const _ of api.artists({ q: 'x' })) break;
    expect(server.received).toHaveLength(requests + 1);
    server.instead('GET /api/artists/7/songs?size=2', page([1], null));
    const songs = [];
    for await (const song of api.songs('7', { size: 2 })) songs.push(song);
    expect(songs).toEqual([1]);
  });
});

describe('the renewal', () => {
  it('renews a refused token once and repeats the call', async () => {
    server.token = 'token-5';
    await api.createArtist({ name: 'The Band' });
    expect(server.calls()).toEqual(['POST /api/artists', 'POST /api/auth/refresh', 'POST /api/artists']);
    expect(server.received[2]).toMatchObject({
      body: { name: 'The Band' },
      headers: { authorization: 'Bearer token-6' },
    });
  });

  it('does not repeat a second time', async () => {
    server.instead(
      'GET /api/users/me',
      () => refusal(401, 'invalid_token'),
      () => refusal(401, 'invalid_token'),
    );
    await expect(api.me()).rejects.toEqual(refusedWith('invalid_token'));
    expect(server.calls()).toEqual(['GET /api/users/me', 'POST /api/auth/refresh', 'GET /api/users/me']);
  });

  it.each(['invalid_credentials', 'authentication_required', 'second_factor_required'])(
    'does not renew nor repeat after 401 %s',
    async (code) => {
      server.instead('POST /api/users/me/password', () => refusal(401, code));
      const change = api.changePassword({ currentPassword: 'wrong', newPassword: 'something else' });
      await expect(change).rejects.toEqual(refusedWith(code));
      expect(server.calls()).toEqual(['POST /api/users/me/password']);
    },
  );

  it('renews a minute before the token expires, and not earlier', async () => {
    advance(3600 - 61);
    await api.me();
    expect(server.calls()).toEqual(['GET /api/users/me']);
    advance(1);
    await api.me();
    expect(server.calls().slice(1)).toEqual(['POST /api/auth/refresh', 'GET /api/users/me']);
    advance(60);
    await api.me();
    expect(server.calls('POST /api/auth/refresh')).toHaveLength(1);
  });

  it('uses a token that is still valid when it cannot be renewed early', async () => {
    advance(3600 - 30);
    server.instead('POST /api/auth/refresh', () => refusal(503, 'overloaded'));
    await api.me();
    expect(server.calls()).toEqual(['POST /api/auth/refresh', 'GET /api/users/me']);
  });

  it('renews once for calls at the same time, in all clients that share the store and the lock', async () => {
    const other = client();
    await other.me();
    server.received.length = 0;
    server.token = 'token-5';
    await Promise.all([api.me(), api.showSecurity(), other.me(), other.listKeys()]);
    expect(server.calls('POST /api/auth/refresh')).toHaveLength(1);
    expect(server.received).toHaveLength(9);
  });

  it('repeats a refresh whose response was lost', async () => {
    server.token = 'token-5';
    server.instead('POST /api/auth/refresh', LOST);
    await api.me();
    const refresh = { call: 'POST /api/auth/refresh', body: { refreshToken: 'refresh-1' } };
    expect(server.received.slice(1, 3)).toMatchObject([refresh, refresh]);
  });

  it('stores the new refresh token of a server that rotates them', async () => {
    server.token = 'token-5';
    server.instead('POST /api/auth/refresh', () => {
      server.refreshToken = 'refresh-2';
      server.token = 'token-6';
      return json(200, { data: { token: 'token-6', expiresIn: 3600, refreshToken: 'refresh-2' } });
    });
    await api.me();
    expect(store.stored).toMatchObject({ userId: USER.id, token: 'token-6', refreshToken: 'refresh-2' });
  });

  it('ends the session when the server refuses the refresh token, and says so to every client', async () => {
    const other = client();
    await other.me();
    const seen: unknown[] = [];
    api.onSessionChange((userId) => seen.push(['first', userId]));
    other.onSessionChange((userId) => seen.push(['second', userId]));
    server.token = 'token-5';
    server.refreshToken = 'another';
    await expect(api.me()).rejects.toEqual(refusedWith('invalid_token'));
    expect(store.stored).toBeUndefined();
    await expect(other.userId()).resolves.toBeUndefined();
    expect(seen.sort()).toEqual([
      ['first', undefined],
      ['second', undefined],
    ]);
  });

  it.each([
    ['503', [() => refusal(503, 'overloaded')], 'overloaded'],
    ['429', [() => refusal(429, 'rate_limited')], 'rate_limited'],
    ['a lost network', [LOST, LOST], 'network_error'],
    ['a 401 of a proxy', [() => new Response('Log in to the wifi', { status: 401 })], 'unexpected_response'],
  ])('keeps the session when the refresh fails by %s', async (_, responders, code) => {
    server.token = 'token-5';
    server.instead('POST /api/auth/refresh', ...responders);
    await expect(api.me()).rejects.toEqual(refusedWith(code));
    expect(store.stored).toMatchObject({ token: 'token-1', refreshToken: 'refresh-1' });
    await api.me();
    expect(server.calls().slice(-2)).toEqual(['POST /api/auth/refresh', 'GET /api/users/me']);
  });

  it('gives a refresh up that gets no response, so that others need not wait for it forever', async () => {
    server.token = 'token-5';
    const never = createClient({
      baseUrl: 'https://stagedoor.example',
      store,
      lock,
      fetch: (url, init) =>
        url.endsWith('/refresh')
          ? new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
          : server.fetch(url, init),
    });
    const call = expect(never.me()).rejects.toEqual(refusedWith('network_error'));
    // The refresh and its repetition.
    await vi.advanceTimersByTimeAsync(60_000);
    await call;
    await api.me();
    expect(store.stored?.token).toBe('token-6');
  });

  it('does not repeat the call of one user as another who has logged in meanwhile', async () => {
    server.instead('POST /api/artists', async () => {
      await store.write({ userId: 'user-2', token: server.token, refreshToken: 'refresh-9', renewAt: Infinity });
      return refusal(401, 'invalid_token');
    });
    server.token = 'token-8';
    await expect(api.createArtist({ name: 'The Band' })).rejects.toEqual(refusedWith('invalid_token'));
    expect(server.calls()).toEqual(['POST /api/artists']);
  });

  it('renews when the app asks for it', async () => {
    expect(await api.renew()).toBe(true);
    expect(store.stored?.token).toBe('token-2');
    await api.logOut();
    expect(await api.renew()).toBe(false);
  });
});

describe('the session', () => {
  it.each([
    ['signUp', (one: Client) => one.signUp({ ...CREDENTIALS, name: 'Jane Doe' })],
    ['logIn', (one: Client) => one.logIn(CREDENTIALS)],
    ['logInByPasskey', (one: Client) => one.logInByPasskey({ credential: {} as never })],
  ])('starts with %s and is there after a restart', async (_, enter) => {
    await api.logOut();
    const seen: unknown[] = [];
    const stop = api.onSessionChange((userId) => seen.push(userId));
    await enter(api);
    expect(seen).toEqual([USER.id]);
    expect(await client().userId()).toBe(USER.id);
    stop();
    await api.logOut();
    expect(seen).toEqual([USER.id]);
  });

  it('does not start where a second factor is missing', async () => {
    await api.logOut();
    server.instead('POST /api/auth/login', () => refusal(401, 'second_factor_required'));
    await expect(api.logIn(CREDENTIALS)).rejects.toEqual(refusedWith('second_factor_required'));
    expect(await api.userId()).toBeUndefined();
  });

  it('is revoked and forgotten everywhere by a logout', async () => {
    const other = client();
    await other.me();
    await api.logOut();
    expect(server.received.at(-1)).toMatchObject({
      call: 'POST /api/auth/logout',
      body: { refreshToken: 'refresh-1' },
    });
    expect([store.stored, await other.userId()]).toEqual([undefined, undefined]);
  });

  it('is forgotten by a logout that the server does not hear of', async () => {
    server.instead('POST /api/auth/logout', LOST);
    await expect(api.logOut()).rejects.toEqual(refusedWith('network_error'));
    expect(store.stored).toBeUndefined();
  });

  it('is not written back by a refresh that a logout overtakes', async () => {
    server.token = 'token-5';
    let respond = (_: Response): void => undefined;
    server.instead('POST /api/auth/refresh', () => new Promise((resolve) => (respond = resolve)));
    const call = api.me();
    await vi.waitFor(() => expect(server.calls('POST /api/auth/refresh')).toHaveLength(1));
    const logout = client().logOut();
    respond(server.renewed());
    await Promise.all([call, logout]);
    expect(store.stored).toBeUndefined();
  });

  it('ends with the account', async () => {
    await api.deleteMe();
    expect(store.stored).toBeUndefined();
  });
});
