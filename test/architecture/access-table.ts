import type { CallOptions } from '../support/http-client.js';
import type { Route } from './routes-of.js';

/*
 * Who may call what. A new route gets a line here, or the tests fail: `open` for anyone, `guarded` with what each
 * caller is answered, or `feed` for a call that takes a token and a key together.
 */

/** Who calls. Everything that `user` owns is the target of the call. */
export const CALLERS = [
  'nobody',
  /** The owner of what is asked about. */
  'user',
  'other',
  'admin',
  'SUPER_ADMIN',
  /** The owner's key with `profile:read`, `artists:read`. */
  'readKey',
  /** The owner's key with `artists:write` alone. */
  'writeKey',
  /** An admin's key with `users:read` alone. */
  'adminKey',
  /** The owner's feed token with the key it is bound to, which has the default scopes. */
  'feed',
  'feedWithoutKey',
  /** The owner's session and `readKey` together. */
  'userWithKey',
  /** The owner's session with somebody else's key. */
  'userWithForeignKey',
  'suspended',
  'suspendedKey',
  'expired',
  'expiredKey',
  'loggedOut',
] as const;
export type Caller = (typeof CALLERS)[number];

/** What a call is about: all of it is made anew for each call. */
export interface Target {
  readonly userId: string;
  readonly artistId: string;
  readonly songId: string;
  readonly keyId: string;
  /** A key of the owner in full, for whoever reports it as leaked. */
  readonly apiKey: string;
  /** An address and a username that nobody has. */
  readonly fresh: string;
  readonly refreshToken: string;
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

export interface Access {
  readonly expected: Readonly<Record<Caller, number>>;
  /** What fills the parameters of the path, in their order. */
  readonly path: (target: Target) => readonly string[];
  readonly options: (target: Target) => CallOptions;
}

interface Call {
  readonly path?: (target: Target) => string;
  readonly json?: (target: Target) => object;
  readonly form?: (target: Target) => Record<string, string>;
}

function access(expected: Access['expected'], { path, json, form }: Call): Access {
  return {
    expected,
    path: (target) => (path ? [path(target)] : []),
    options: (target) => ({ ...(json && { json: json(target) }), ...(form && { form: form(target) }) }),
  };
}

/** The same for everybody: credentials are not looked at. */
function open(status: number, call: Call = {}): Access {
  return access(Object.fromEntries(CALLERS.map((caller) => [caller, status])) as Access['expected'], call);
}

type Statuses = Pick<
  Access['expected'],
  'user' | 'other' | 'admin' | 'SUPER_ADMIN' | 'readKey' | 'writeKey' | 'adminKey' | 'feed'
>;

/** 401 without credentials that hold at this moment, whatever the route; else as listed. */
function guarded(
  [user, other, admin, SUPER_ADMIN, readKey, writeKey, adminKey, feed]: readonly [
    ...Record<keyof Statuses, number>[keyof Statuses][],
  ],
  call: Call = {},
): Access {
  return access(
    {
      ...NOT_PROVED,
      ...({ user, other, admin, SUPER_ADMIN, readKey, writeKey, adminKey, feed } as Statuses),
      // A key beside a session of the same person takes nothing from it and adds nothing.
      userWithKey: user,
    },
    call,
  );
}

/** 401 without a token and a key of one person. */
function feed(status: number, call: Call = {}): Access {
  const expected = Object.fromEntries(CALLERS.map((caller) => [caller, 401])) as Access['expected'];
  return access({ ...expected, feed: status, userWithKey: status }, call);
}

const NOT_PROVED = {
  nobody: 401,
  feedWithoutKey: 401,
  userWithForeignKey: 401,
  suspended: 401,
  suspendedKey: 401,
  expired: 401,
  expiredKey: 401,
  loggedOut: 401,
} as const;

const user = (target: Target): string => target.userId;
const artist = (target: Target): string => target.artistId;
const song = (target: Target): string => target.songId;
const key = (target: Target): string => target.keyId;

const signUp = (target: Target): object => ({
  email: `${target.fresh}@example.com`,
  name: 'John Doe',
  password: target.password,
});
const register = (target: Target): object => ({
  email: `${target.fresh}@example.com`,
  firstName: 'John',
  lastName: 'Doe',
  password: target.password,
});
const byEmail = ({ email, password }: Target): object => ({ email, password });
const byUsername = ({ username, password }: Target): object => ({ username, password });
const refresh = ({ refreshToken }: Target): object => ({ refreshToken });

export const ACCESS: Readonly<Record<Route, Access>> = {
  'POST /api/auth/signup': open(201, { json: signUp }),
  'POST /api/auth/register': open(201, { json: register }),
  'POST /api/auth/login': open(200, { json: byEmail }),
  'POST /api/auth/refresh': open(200, { json: refresh }),
  //                                                 user  other admin SUPER read  write admin feed
  //                                                                         Key   Key   Key
  'POST /api/auth/logout': guarded(/*             */ [200, 200, 200, 200, 403, 403, 403, 200]),
  'POST /api/auth/keys': guarded(/*               */ [201, 201, 201, 201, 403, 403, 403, 403], { json: () => ({}) }),
  'GET /api/auth/keys': guarded(/*                */ [200, 200, 200, 200, 403, 403, 403, 403]),
  'DELETE /api/auth/keys/:keyId': guarded(/*      */ [204, 404, 404, 404, 403, 403, 403, 403], { path: key }),
  'POST /api/auth/keys/:keyId/rotate': guarded(/* */ [200, 404, 404, 404, 403, 403, 403, 403], { path: key }),
  'POST /api/auth/keys/revoke-leaked': guarded(/* */ [403, 403, 200, 200, 403, 403, 403, 403], {
    json: ({ apiKey }) => ({ apiKey }),
  }),

  'GET /api/auth/sessions': guarded(/*            */ [200, 200, 200, 200, 403, 403, 403, 403]),
  'DELETE /api/auth/sessions': guarded(/*         */ [204, 204, 204, 204, 403, 403, 403, 403]),
  'DELETE /api/auth/sessions/:id': guarded(/*     */ [404, 404, 404, 404, 403, 403, 403, 403], { path: user }),
  'DELETE /api/users/:id/sessions': guarded(/*    */ [403, 403, 204, 204, 403, 403, 403, 403], { path: user }),
  'POST /api/users/me/password': guarded(/*       */ [401, 401, 401, 401, 403, 403, 403, 403], {
    json: ({ password }) => ({ currentPassword: `not ${password}`, newPassword: password }),
  }),
  'GET /api/audit': guarded(/*                    */ [403, 403, 200, 200, 403, 403, 403, 403]),

  'GET /api/users/me': guarded(/*                 */ [200, 200, 200, 200, 200, 403, 403, 200]),
  'PATCH /api/users/me': guarded(/*               */ [200, 200, 200, 200, 403, 403, 403, 403], {
    json: () => ({ name: 'Jane Roe' }),
  }),
  'GET /api/users': guarded(/*                    */ [403, 403, 200, 200, 403, 403, 200, 403]),
  'GET /api/users/:id': guarded(/*                */ [200, 403, 200, 200, 403, 403, 200, 403], { path: user }),
  'PATCH /api/users/:id': guarded(/*              */ [403, 403, 200, 200, 403, 403, 403, 403], {
    path: user,
    json: () => ({ status: 'inactive' }),
  }),
  'DELETE /api/users/:id': guarded(/*             */ [403, 403, 204, 204, 403, 403, 403, 403], { path: user }),

  'POST /api/artists': guarded(/*                 */ [201, 201, 201, 201, 403, 201, 403, 201], {
    json: () => ({ name: 'Midnight' }),
  }),
  'GET /api/artists': guarded(/*                  */ [200, 200, 200, 200, 200, 403, 403, 200]),
  'GET /api/artists/:id': guarded(/*              */ [200, 404, 200, 200, 200, 403, 403, 200], { path: artist }),
  'PATCH /api/artists/:id': guarded(/*            */ [200, 404, 200, 200, 403, 200, 403, 200], {
    path: artist,
    json: () => ({ name: 'Midnight' }),
  }),
  'DELETE /api/artists/:id': guarded(/*           */ [204, 404, 204, 204, 403, 204, 403, 204], { path: artist }),
  'POST /api/artists/:id/songs': guarded(/*       */ [201, 404, 201, 201, 403, 201, 403, 201], {
    path: artist,
    json: () => ({ title: 'City Lights' }),
  }),
  'GET /api/artists/:id/songs': guarded(/*        */ [200, 404, 200, 200, 200, 403, 403, 200], { path: artist }),
  'GET /api/songs/:id': guarded(/*                */ [200, 404, 200, 200, 200, 403, 403, 200], { path: song }),
  'PATCH /api/songs/:id': guarded(/*              */ [200, 404, 200, 200, 403, 200, 403, 200], {
    path: song,
    json: () => ({ title: 'City Lights' }),
  }),
  'DELETE /api/songs/:id': guarded(/*             */ [204, 404, 204, 204, 403, 204, 403, 204], { path: song }),

  'POST /api/v1/auth/login': open(200, { json: byUsername }),
  'POST /api/v1/auth/refresh': open(200, { json: refresh }),
  'POST /api/v1/auth/logout': guarded(/*          */ [200, 200, 200, 200, 403, 403, 403, 200]),
  'POST /api/v1/auth/keys': guarded(/*            */ [201, 201, 201, 201, 403, 403, 403, 403]),
  'GET /api/v1/auth/keys': guarded(/*             */ [200, 200, 200, 200, 403, 403, 403, 403]),
  'DELETE /api/v1/auth/keys/:keyId': guarded(/*   */ [204, 404, 404, 404, 403, 403, 403, 403], { path: key }),

  'POST /v1/auth/register': open(201, { json: register }),
  'POST /v1/auth/login': open(200, { json: byEmail }),
  'POST /v1/auth/refresh': open(200, { json: refresh }),
  'POST /v1/auth/logout': guarded(/*              */ [200, 200, 200, 200, 403, 403, 403, 200]),
  'GET /v1/user/profile': guarded(/*              */ [200, 200, 200, 200, 200, 403, 403, 200]),

  // Its own credentials: a key, and the password of the key's owner.
  'POST /auth': access(
    {
      ...(Object.fromEntries(CALLERS.map((caller) => [caller, 401])) as Access['expected']),
      readKey: 200,
      writeKey: 200,
      feed: 200,
      userWithKey: 200,
    },
    { form: ({ username, password }) => ({ username, password }) },
  ),
  'GET /artists': feed(200),
  'GET /artists/:id': feed(200, { path: artist }),
  'GET /songs/:id': feed(200, { path: song }),
};

/** What stands beside the contracts, for operators, verifiers and readers: open to anyone. */
export const OPEN: readonly Route[] = [
  'GET /.well-known/jwks.json',
  'GET /docs',
  'GET /docs-json',
  'GET /docs-yaml',
  'GET /docs/',
  'GET /docs/*',
  'GET /docs/LICENSE',
  'GET /docs/api-v1-json',
  'GET /docs/docs/swagger-ui-init.js',
  'GET /docs/feed-json',
  'GET /docs/index.html',
  'GET /docs/swagger-ui-init.js',
  'GET /docs/v1-json',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
];
