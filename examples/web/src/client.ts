import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';
import { Problem } from './problem.js';
import { currentToken, refresh } from './session.js';
import { isTokenRefused } from './token-refusal.js';

export type Artist = components['schemas']['ArtistView'];
export type ApiKey = components['schemas']['KeyView'];
export type Scope = components['schemas']['Scope'];
export type User = components['schemas']['UserView'];

/** The whole API, typed from its OpenAPI document. Sends the access token, and renews it when it has expired. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: fetchAuthorized });

async function fetchAuthorized(request: Request): Promise<Response> {
  const token = currentToken();
  if (token === undefined) return fetch(request);
  // A body can be sent only once.
  const again = request.clone();
  const response = await fetch(withToken(request, token));
  if (!(await isTokenRefused(response))) return response;
  const renewed = await refresh(token);
  return renewed === undefined ? response : fetch(withToken(again, renewed));
}

function withToken(request: Request, token: string): Request {
  request.headers.set('authorization', `Bearer ${token}`);
  return request;
}

/** What was answered, or the refusal as an exception. */
export async function answerOf<T>(
  call: Promise<{ data?: T; error?: ConstructorParameters<typeof Problem>[0]; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new Problem(error, response);
  return data as T;
}
