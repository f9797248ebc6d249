import { createApiClient } from '../generated/api/openapi-zod-client/api';
import { BASE_URL, bearer, journey } from './journey';

// Checks each request and response against the schemas of the document.
const api = createApiClient(BASE_URL, { validate: true });

await journey({
  signUp: async (account) => (await api.signUp(account)).data,
  logIn: async (credentials) => (await api.logIn(credentials)).data,
  me: async (token) => (await api.showMe({ headers: bearer(token) })).data.email,
  createArtist: async (token, name) => {
    await api.createArtist({ name }, { headers: bearer(token) });
  },
  listArtists: (token, queries) => api.listArtists({ queries, headers: bearer(token) }),
  createKey: async (token, name) =>
    (await api.createKey({ name, scopes: ['artists:read'] }, { headers: bearer(token) })).data.apiKey,
  listArtistsByKey: (key) => api.listArtists({ headers: { 'x-api-key': key } }),
  refresh: async (refreshToken) => (await api.refresh({ refreshToken })).data.token,
  logOut: async (token) => {
    await api.logOut(undefined, { headers: bearer(token) });
  },
});
