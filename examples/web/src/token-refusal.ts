import type { components } from './api.js';

type ErrorBody = components['schemas']['ApiErrorBody'];

/**
 * Whether it is the access token that was refused, so that a new one may help. A password that was typed wrong is 401
 * too: sent again it would count twice.
 */
export async function isTokenRefused(response: Response): Promise<boolean> {
  if (response.status !== 401) return false;
  // Not from Stagedoor if it is no JSON: a proxy in between has its own.
  const body = (await response
    .clone()
    .json()
    .catch(() => ({}))) as Partial<ErrorBody>;
  return body.code === 'invalid_token';
}
