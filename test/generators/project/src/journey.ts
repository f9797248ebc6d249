import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

interface Account {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}
interface Login {
  readonly token: string;
  readonly refreshToken: string;
}
interface Page {
  readonly data: readonly { readonly name: string }[];
  readonly meta: { readonly nextCursor: string | null };
}

/** Calls by a generated client. Each returns what its types say, and fails when the server refuses. */
export interface Calls {
  signUp(account: Account): Promise<Login>;
  logIn(credentials: Omit<Account, 'name'>): Promise<Login>;
  /** The email address of the user. */
  me(token: string): Promise<string>;
  createArtist(token: string, name: string): Promise<void>;
  listArtists(token: string, query: { size: number; cursor?: string }): Promise<Page>;
  /** The new key. */
  createKey(token: string, name: string): Promise<string>;
  listArtistsByKey(key: string): Promise<Page>;
  /** The new access token. */
  refresh(refreshToken: string): Promise<string>;
  logOut(token: string): Promise<void>;
}

/** The address of the server. */
export const BASE_URL = process.env['BASE_URL'] ?? '';

export const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** From a sign-up to a logout. */
export async function journey(calls: Calls): Promise<void> {
  const account = { email: `${randomUUID()}@example.com`, name: 'Jane Doe', password: 'quiet-Harbour-42' };
  await calls.signUp(account);
  const { token, refreshToken } = await calls.logIn({ email: account.email, password: account.password });
  assert.equal(await calls.me(token), account.email);

  for (const name of ['One', 'Two', 'Three']) await calls.createArtist(token, name);
  const first = await calls.listArtists(token, { size: 2 });
  assert.deepEqual(namesOf(first), ['Three', 'Two']);
  const cursor = first.meta.nextCursor;
  assert(cursor !== null);
  const second = await calls.listArtists(token, { size: 2, cursor });
  assert.deepEqual([namesOf(second), second.meta.nextCursor], [['One'], null]);

  const key = await calls.createKey(token, 'Nightly export');
  assert.deepEqual(namesOf(await calls.listArtistsByKey(key)), ['Three', 'Two', 'One']);

  const renewed = await calls.refresh(refreshToken);
  assert.equal(await calls.me(renewed), account.email);
  await calls.logOut(renewed);
  await assert.rejects(calls.me(renewed), 'the token is still valid after the logout');
}

function namesOf({ data }: Page): string[] {
  return data.map(({ name }) => name);
}
