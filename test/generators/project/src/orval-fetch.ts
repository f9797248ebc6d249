import * as api from '../generated/api/orval-fetch/api';
import { bearer, journey } from './journey';

/** The body of a success. */
function bodyOf<R extends { status: number; data: unknown }, S extends number>(
  response: R,
  status: S,
): Extract<R, { status: S }>['data'] {
  if (response.status !== status) throw new Error(JSON.stringify(response.data));
  return response.data;
}

await journey({
  signUp: async (account) => bodyOf(await api.signUp(account), 201).data,
  logIn: async (credentials) => bodyOf(await api.logIn(credentials), 200).data,
  me: async (token) => bodyOf(await api.showMe({ headers: bearer(token) }), 200).data.email,
  createArtist: async (token, name) => {
    bodyOf(await api.createArtist({ name }, { headers: bearer(token) }), 201);
  },
  listArtists: async (token, query) => bodyOf(await api.listArtists(query, { headers: bearer(token) }), 200),
  createKey: async (token, name) => {
    const body = { name, scopes: ['artists:read' as const] };
    return bodyOf(await api.createKey(body, { headers: bearer(token) }), 201).data.apiKey;
  },
  listArtistsByKey: async (key) => bodyOf(await api.listArtists({}, { headers: { 'x-api-key': key } }), 200),
  refresh: async (refreshToken) => bodyOf(await api.refresh({ refreshToken }), 200).data.token,
  logOut: async (token) => {
    bodyOf(await api.logOut(undefined, { headers: bearer(token) }), 200);
  },
});
