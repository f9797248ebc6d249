import { getStagedoor } from '../generated/api/orval-axios/api';
import { bearer, journey } from './journey';

const api = getStagedoor();

await journey({
  signUp: async (account) => (await api.signUp(account)).data.data,
  logIn: async (credentials) => (await api.logIn(credentials)).data.data,
  me: async (token) => (await api.showMe({ headers: bearer(token) })).data.data.email,
  createArtist: async (token, name) => {
    await api.createArtist({ name }, { headers: bearer(token) });
  },
  listArtists: async (token, query) => (await api.listArtists(query, { headers: bearer(token) })).data,
  createKey: async (token, name) =>
    (await api.createKey({ name, scopes: ['artists:read'] }, { headers: bearer(token) })).data.data.apiKey,
  listArtistsByKey: async (key) => (await api.listArtists({}, { headers: { 'x-api-key': key } })).data,
  refresh: async (refreshToken) => (await api.refresh({ refreshToken })).data.data.token,
  logOut: async (token) => {
    await api.logOut(undefined, { headers: bearer(token) });
  },
});
