import { type MutationOptions, QueryClient } from '@tanstack/react-query';
import * as api from '../generated/api/orval-react-query/api';
import { bearer, journey } from './journey';

const queries = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: 0 } } });

/** The body of a success. */
function bodyOf<R extends { status: number; data: unknown }, S extends number>(
  response: R,
  status: S,
): Extract<R, { status: S }>['data'] {
  if (response.status !== status) throw new Error(JSON.stringify(response.data));
  return response.data;
}

/** Does what the hook of the mutation does. */
function mutate<Data, Failure, Variables, Context>(
  options: MutationOptions<Data, Failure, Variables, Context>,
  variables: Variables,
): Promise<Data> {
  return queries.getMutationCache().build(queries, options).execute(variables);
}

await journey({
  signUp: async (data) => bodyOf(await mutate(api.getSignUpMutationOptions(), { data }), 201).data,
  logIn: async (data) => bodyOf(await mutate(api.getLogInMutationOptions(), { data }), 200).data,
  me: async (token) => {
    const options = api.getShowMeQueryOptions({ fetch: { headers: bearer(token) } });
    return bodyOf(await queries.fetchQuery({ ...options, staleTime: 0 }), 200).data.email;
  },
  createArtist: async (token, name) => {
    const options = api.getCreateArtistMutationOptions({ fetch: { headers: bearer(token) } });
    bodyOf(await mutate(options, { data: { name } }), 201);
  },
  listArtists: async (token, query) => {
    const options = api.getListArtistsQueryOptions(query, { fetch: { headers: bearer(token) } });
    return bodyOf(await queries.fetchQuery(options), 200);
  },
  createKey: async (token, name) => {
    const options = api.getCreateKeyMutationOptions({ fetch: { headers: bearer(token) } });
    return bodyOf(await mutate(options, { data: { name, scopes: ['artists:read'] } }), 201).data.apiKey;
  },
  listArtistsByKey: async (key) => {
    const options = api.getListArtistsQueryOptions({}, { fetch: { headers: { 'x-api-key': key } } });
    return bodyOf(await queries.fetchQuery(options), 200);
  },
  refresh: async (refreshToken) =>
    bodyOf(await mutate(api.getRefreshMutationOptions(), { data: { refreshToken } }), 200).data.token,
  logOut: async (token) => {
    const options = api.getLogOutMutationOptions({ fetch: { headers: bearer(token) } });
    bodyOf(await mutate(options, {}), 200);
  },
});
