import { createClient, createConfig } from '../generated/api/hey-api/client';
import * as api from '../generated/api/hey-api';
import { BASE_URL, journey } from './journey';

const client = createClient(createConfig({ baseUrl: BASE_URL }));
const open = { client, throwOnError: true } as const;
// A string would be sent as token and as key where the document names both.
const as = (token: string) => ({
  ...open,
  auth: ({ type }: { type: string }) => (type === 'http' ? token : undefined),
});
const asKey = (key: string) => ({
  ...open,
  auth: ({ type }: { type: string }) => (type === 'apiKey' ? key : undefined),
});

await journey({
  signUp: async (body) => (await api.signUp({ ...open, body })).data.data,
  logIn: async (body) => (await api.logIn({ ...open, body })).data.data,
  me: async (token) => (await api.showMe(as(token))).data.data.email,
  createArtist: async (token, name) => {
    await api.createArtist({ ...as(token), body: { name } });
  },
  listArtists: async (token, query) => (await api.listArtists({ ...as(token), query })).data,
  createKey: async (token, name) =>
    (await api.createKey({ ...as(token), body: { name, scopes: ['artists:read'] } })).data.data.apiKey,
  listArtistsByKey: async (key) => (await api.listArtists(asKey(key))).data,
  refresh: async (refreshToken) => (await api.refresh({ ...open, body: { refreshToken } })).data.data.token,
  logOut: async (token) => {
    await api.logOut(as(token));
  },
});
