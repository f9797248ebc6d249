import type { Request } from 'autocannon';
import type { Server } from '../servers.js';

/** What the rows send, once the server holds users and artists. */
export interface Requests {
  readonly profile: readonly Request[];
  /** Lists ten artists with an API key. */
  readonly artists: readonly Request[];
  /** Logs different users in, none of them the one of `profile`. */
  readonly login: readonly Request[];
}

/** A server of the comparison, Stagedoor included. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** The algorithm and cost of its password hashes. */
  readonly hashing: string;
  /** What it does instead of the same work; undefined where it does the same. */
  readonly reservations?: { readonly artists?: string; readonly login?: string };
  start(): Promise<Server>;
  /** Creates users and artists by its own API. */
  prepare(server: Server): Promise<Requests>;
}

export const USERS = 16;
export const ARTISTS = 100;
export const PASSWORD = 'Bench-side-by-side-7!';
export const emailOf = (n: number): string => `peer${n}@bench.example`;

const json = { 'content-type': 'application/json' };

export const post = (path: string, body: unknown, headers: Record<string, string> = {}): Request => ({
  method: 'POST',
  path,
  headers: { ...json, ...headers },
  body: JSON.stringify(body),
});

/** Sends one request. @throws {Error} unless the response is a 2xx */
export async function send<T>(server: Server, { method = 'GET', path = '', headers = {}, body }: Request): Promise<T> {
  const response = await fetch(server.url + path, { method, headers: headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${server.name}: ${method} ${path} responded with ${response.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
