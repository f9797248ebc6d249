import createClient from 'openapi-fetch';
import type { paths } from '../generated/api/openapi-typescript/api';
import { BASE_URL, bearer, journey } from './journey';

const api = createClient<paths>({ baseUrl: BASE_URL });

/** The body of a success. */
async function bodyOf<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new Error(JSON.stringify(error));
  return data as T;
}

await journey({
  signUp: async (body) => (await bodyOf(api.POST('/api/auth/signup', { body }))).data,
  logIn: async (body) => (await bodyOf(api.POST('/api/auth/login', { body }))).data,
  me: async (token) => (await bodyOf(api.GET('/api/users/me', { headers: bearer(token) }))).data.email,
  createArtist: async (token, name) => {
    await bodyOf(api.POST('/api/artists', { body: { name }, headers: bearer(token) }));
  },
  listArtists: (token, query) => bodyOf(api.GET('/api/artists', { params: { query }, headers: bearer(token) })),
  createKey: async (token, name) => {
    const body = { name, scopes: ['artists:read' as const] };
    return (await bodyOf(api.POST('/api/auth/keys', { body, headers: bearer(token) }))).data.apiKey;
  },
  listArtistsByKey: (key) => bodyOf(api.GET('/api/artists', { headers: { 'x-api-key': key } })),
  refresh: async (refreshToken) => (await bodyOf(api.POST('/api/auth/refresh', { body: { refreshToken } }))).data.token,
  logOut: async (token) => {
    await bodyOf(api.POST('/api/auth/logout', { headers: bearer(token) }));
  },
});
