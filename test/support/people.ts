import { randomBytes } from 'node:crypto';
import { SUPER_ADMIN, type TestApp } from './app.js';
import { bearer } from './http-client.js';

/** A user who signed up through `/api` and is logged in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly refreshToken: string;
  /** The headers that authenticate the session. */
  readonly headers: Record<string, string>;
}

export const PASSWORD = 'SecurePass123!';

export function freshEmail(): string {
  return `person.${randomBytes(6).toString('hex')}@example.com`;
}

export async function signUp(
  app: TestApp,
  overrides: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Person> {
  const sent = { email: freshEmail(), name: 'John Doe', password: PASSWORD, ...overrides };
  const answer = await app.http.post('/api/auth/signup', { json: sent, headers });
  if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${answer.text}`);
  return toPerson(answer.body.data, sent.password);
}

export async function logIn(app: TestApp, email: string, password = PASSWORD): Promise<Person> {
  const answer = await app.http.post('/api/auth/login', { json: { email, password } });
  if (answer.status !== 200) throw new Error(`login answered ${answer.status}: ${answer.text}`);
  return toPerson(answer.body.data, password);
}

export function superAdmin(app: TestApp): Promise<Person> {
  return logIn(app, SUPER_ADMIN.email, SUPER_ADMIN.password);
}

/** A new admin, logged in after the SUPER_ADMIN granted the role. */
export async function admin(app: TestApp): Promise<Person> {
  const [person, root] = [await signUp(app), await superAdmin(app)];
  await app.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { role: 'admin' } });
  return logIn(app, person.email);
}

/** A new API key of this user. */
export async function makeKey(
  app: TestApp,
  person: Person,
  input: object = {},
): Promise<{ keyId: string; apiKey: string }> {
  const answer = await app.http.post('/api/auth/keys', { headers: person.headers, json: input });
  if (answer.status !== 201) throw new Error(`making a key answered ${answer.status}: ${answer.text}`);
  return { keyId: answer.body.data.keyId, apiKey: answer.body.data.apiKey };
}

function toPerson(data: unknown, password: string): Person {
  const { user, token, refreshToken } = data as { user: Person; token: string; refreshToken: string };
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    password,
    token,
    refreshToken,
    headers: bearer(token),
  };
}
