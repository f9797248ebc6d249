import { Api, Scope } from '../generated/api/swagger-typescript-api/api';
import { BASE_URL, bearer, journey } from './journey';

const { api } = new Api({ baseUrl: BASE_URL });

await journey({
  signUp: async (account) => (await api.signUp(account)).data.data,
  logIn: async (credentials) => (await api.logIn(credentials)).data.data,
  me: async (token) => (await api.showMe({ headers: bearer(token) })).data.data.email,
  createArtist: async (token, name) => {
    await api.createArtist({ name }, { headers: bearer(token) });
  },
  listArtists: async (token, query) => (await api.listArtists(query, { headers: bearer(token) })).data,
  createKey: async (token, name) =>
    (await api.createKey({ name, scopes: [Scope.ArtistsRead] }, { headers: bearer(token) })).data.data.apiKey,
  listArtistsByKey: async (key) => (await api.listArtists({}, { headers: { 'x-api-key': key } })).data,
  refresh: async (refreshToken) => (await api.refresh({ refreshToken })).data.data.token,
  logOut: async (token) => {
    await api.logOut(undefined, { headers: bearer(token) });
  },
});
