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
  /** Another artist of the owner. */
  readonly otherArtistId: string;
  readonly songId: string;
  readonly keyId: string;
  readonly passkeyId: string;
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
  readonly ndjson?: (target: Target) => object;
  readonly form?: (target: Target) => Record<string, string>;
}

function access(expected: Access['expected'], { path, json, ndjson, form }: Call): Access {
  return {
    expected,
    path: (target) => (path ? [path(target)] : []),
    options: (target) => ({
      ...(json && { json: json(target) }),
      ...(ndjson && { ndjson: ndjson(target) }),
      ...(form && { form: form(target) }),
    }),
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
const passkey = (target: Target): string => target.passkeyId;

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
const UNKNOWN_CODE = '0000-0000-0000';
const refresh = ({ refreshToken }: Target): object => ({ refreshToken });

/** Well formed; the server has never issued its challenge. */
const CREDENTIAL = {
  ...{ id: 'AAAA', rawId: 'AAAA', type: 'public-key', clientExtensionResults: {} },
  response: { clientDataJSON: 'e30', attestationObject: 'oA', authenticatorData: 'AA', signature: 'AA' },
};

export const ACCESS: Readonly<Record<Route, Access>> = {
  'POST /api/auth/signup': open(201, { json: signUp }),
  'POST /api/auth/register': open(201, { json: register }),
  'POST /api/auth/login': open(200, { json: byEmail }),
  'POST /api/auth/refresh': open(200, { json: refresh }),
  'POST /api/auth/passkey/options': open(200),
  'POST /api/auth/passkey': open(401, { json: () => ({ credential: CREDENTIAL }) }),
  'POST /api/auth/password/forgot': open(202, { json: ({ email }) => ({ email }) }),
  'POST /api/auth/password/reset': open(400, {
    json: ({ password }) => ({ code: UNKNOWN_CODE, newPassword: password }),
  }),
  'POST /api/auth/email/undo': open(400, { json: () => ({ code: UNKNOWN_CODE }) }),
  //                                                 user  other admin SUPER read  write admin feed
  //                                                                         Key   Key   Key
  'POST /api/auth/logout': guarded(/*             */ [200, 200, 200, 200, 403, 403, 403, 200]),
  'POST /api/auth/reauthenticate': guarded(/*     */ [401, 401, 401, 401, 403, 403, 403, 403], {
    json: ({ password }) => ({ password: `not ${password}` }),
  }),
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
  'DELETE /api/users/me': guarded(/*              */ [204, 204, 204, 204, 403, 403, 403, 403]),
  'GET /api/users/me/export': guarded(/*          */ [200, 200, 200, 200, 403, 403, 403, 403]),
  'GET /api/users/:id/export': guarded(/*         */ [403, 403, 403, 200, 403, 403, 403, 403], { path: user }),
  'GET /api/users/me/security': guarded(/*        */ [200, 200, 200, 200, 403, 403, 403, 403]),
  'POST /api/users/me/passkeys/options': guarded(/**/ [200, 200, 200, 200, 403, 403, 403, 403]),
  'POST /api/users/me/passkeys': guarded(/*       */ [400, 400, 400, 400, 403, 403, 403, 403], {
    json: () => ({ credential: CREDENTIAL }),
  }),
  'GET /api/users/me/passkeys': guarded(/*        */ [200, 200, 200, 200, 403, 403, 403, 403]),
  'PATCH /api/users/me/passkeys/:id': guarded(/*  */ [200, 404, 404, 404, 403, 403, 403, 403], {
    path: passkey,
    json: () => ({ name: 'Phone' }),
  }),
  'DELETE /api/users/me/passkeys/:id': guarded(/* */ [204, 404, 404, 404, 403, 403, 403, 403], { path: passkey }),
  'POST /api/users/me/email': guarded(/*          */ [202, 202, 202, 202, 403, 403, 403, 403], {
    json: ({ fresh }) => ({ email: `${fresh}@example.com` }),
  }),
  'POST /api/users/me/email/verify': guarded(/*   */ [400, 400, 400, 400, 403, 403, 403, 403], {
    json: () => ({ code: UNKNOWN_CODE }),
  }),
  'POST /api/users/me/totp': guarded(/*           */ [201, 201, 201, 201, 403, 403, 403, 403]),
  'POST /api/users/me/totp/verify': guarded(/*    */ [400, 400, 400, 400, 403, 403, 403, 403], {
    json: () => ({ code: '000000' }),
  }),
  'DELETE /api/users/me/totp': guarded(/*         */ [204, 204, 204, 204, 403, 403, 403, 403]),
  'POST /api/users/me/recovery-codes': guarded(/* */ [400, 400, 400, 400, 403, 403, 403, 403]),
  'POST /api/users/me/email/resend': guarded(/*   */ [202, 202, 202, 202, 403, 403, 403, 403]),
  'POST /api/users': guarded(/*                   */ [403, 403, 201, 201, 403, 403, 403, 403], {
    json: ({ fresh }) => ({ email: `${fresh}@example.com`, name: 'John Doe' }),
  }),
  'GET /api/users': guarded(/*                    */ [403, 403, 200, 200, 403, 403, 200, 403]),
  'GET /api/users/:id': guarded(/*                */ [200, 403, 200, 200, 403, 403, 200, 403], { path: user }),
  'DELETE /api/users/:id/second-factor': guarded(/**/ [403, 403, 204, 204, 403, 403, 403, 403], { path: user }),
  'PATCH /api/users/:id': guarded(/*              */ [403, 403, 200, 200, 403, 403, 403, 403], {
    path: user,
    json: () => ({ status: 'inactive' }),
  }),
  'POST /api/users/:id/reset-code': guarded(/*    */ [403, 403, 201, 201, 403, 403, 403, 403], { path: user }),
  'POST /api/users/import': guarded(/*            */ [403, 403, 403, 200, 403, 403, 403, 403], {
    ndjson: ({ fresh }) => ({ email: `${fresh}@example.com`, name: 'John Doe' }),
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
  'POST /api/artists/:id/merge': guarded(/*       */ [200, 404, 200, 200, 403, 200, 403, 200], {
    path: artist,
    json: ({ otherArtistId }) => ({ into: otherArtistId }),
  }),
  'POST /api/artists/:id/songs': guarded(/*       */ [201, 404, 201, 201, 403, 201, 403, 201], {
    path: artist,
    json: () => ({ title: 'City Lights' }),
  }),
  'GET /api/artists/:id/songs': guarded(/*        */ [200, 404, 200, 200, 200, 403, 403, 200], { path: artist }),
  'GET /api/songs': guarded(/*                    */ [200, 200, 200, 200, 200, 403, 403, 200]),
  'GET /api/songs/:id': guarded(/*                */ [200, 404, 200, 200, 200, 403, 403, 200], { path: song }),
  'PATCH /api/songs/:id': guarded(/*              */ [200, 404, 200, 200, 403, 200, 403, 200], {
    path: song,
    json: () => ({ title: 'City Lights' }),
  }),
  'DELETE /api/songs/:id': guarded(/*             */ [204, 404, 204, 204, 403, 204, 403, 204], { path: song }),
  'POST /api/catalogue/import': guarded(/*        */ [200, 200, 200, 200, 403, 200, 403, 200], {
    ndjson: () => ({ name: 'Midnight', identifiers: [{ type: 'x-catalogue', value: 'MC-17' }] }),
  }),
  'GET /api/catalogue/export': guarded(/*         */ [200, 200, 200, 200, 200, 403, 403, 200]),

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
  'GET /docs/api-keys',
  'GET /docs/api-v1-json',
  'GET /docs/backends',
  'GET /docs/catalogue',
  'GET /docs/docs/swagger-ui-init.js',
  'GET /docs/errors',
  'GET /docs/feed-json',
  'GET /docs/guide',
  'GET /docs/index.html',
  'GET /docs/limits',
  'GET /docs/swagger-ui-init.js',
  'GET /docs/v1-json',
  'GET /docs/verifying-tokens',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /openapi/api-v1.json',
  'GET /openapi/api-v1.yaml',
  'GET /openapi/api.json',
  'GET /openapi/api.yaml',
  'GET /openapi/feed.json',
  'GET /openapi/feed.yaml',
  'GET /openapi/v1.json',
  'GET /openapi/v1.yaml',
];
