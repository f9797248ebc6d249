import { ApiError } from './api-error.js';
import type { Operation } from './operations.js';
import type { CallOptions } from './schema.js';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;
export type Answer = { readonly data: unknown; readonly response: Response };

/** The path and request of a call `(id, body or query, options)`, as far as the operation takes them. */
export function requestOf({ method, path, body, query }: Operation, args: readonly unknown[]): [string, RequestInit] {
  const rest = [...args];
  const url = path.replace(/\{\w+\}/, () => encodeURIComponent(String(rest.shift())));
  const input = body || query ? rest.shift() : undefined;
  const { headers, ...options } = (rest.shift() ?? {}) as CallOptions;
  if (query) return [url + search(input), { method, headers: { ...headers }, ...options }];
  if (!body || input === undefined) return [url, { method, headers: { ...headers }, ...options }];
  const content = body === 'application/json' ? JSON.stringify(input) : (input as string | Blob);
  return [url, { method, headers: { ...headers, 'content-type': body }, body: content, ...options }];
}

function search(query: unknown = {}): string {
  const given = Object.entries(query as object).filter(([, value]) => value !== undefined);
  return given
    .map(([name, value], index) => `${index ? '&' : '?'}${name}=${encodeURIComponent(String(value))}`)
    .join('');
}

/** @throws {ApiError} for anything but a success; a call that its own signal aborts rejects with the signal's reason */
export async function send(fetch: Fetch, url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, init);
    const isJson = /^application\/json\b/.test(response.headers.get('content-type') ?? '');
    if (response.ok && !isJson) return { data: response.status === 204 ? undefined : response, response };
    const body = isJson ? ((await response.json()) as object) : {};
    if (!response.ok) throw new ApiError(body, response);
    return { data: 'data' in body && !('meta' in body) ? body.data : body, response };
  } catch (error) {
    if (error instanceof ApiError || init.signal?.aborted) throw error;
    throw new ApiError({ code: 'network_error', message: 'The server can’t be reached' }, undefined, error);
  }
}
