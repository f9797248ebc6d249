import { insufficientScope } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { Role } from '../../common/principal.js';
import { RECENT_LOGIN_SECONDS } from '../../modules/sessions/active-sessions.service.js';
import type { DocumentedError } from './operation.js';
import type { AcceptedCredentials, RouteAccess } from './route-access.js';

type Requirement = Readonly<Record<string, readonly string[]>>;

/** The security requirements of an operation: one of them suffices. */
export const SECURITY: Readonly<Record<AcceptedCredentials, readonly Requirement[]>> = {
  none: [],
  'optional token': [{ bearer: [] }, {}],
  token: [{ bearer: [] }],
  'token or key': [{ bearer: [] }, { apiKey: [] }],
  key: [{ apiKey: [] }],
  // In one requirement: both are needed.
  'token and key': [{ bearer: [], apiKey: [] }],
};

const BAD_KEY = ['api_key_required', 'invalid_api_key', 'rate_limited'] as const;
const BAD_TOKEN = ['authentication_required', 'invalid_token', 'invalid_api_key', 'rate_limited'] as const;

const ERRORS: Readonly<Record<AcceptedCredentials, readonly ErrorCode[]>> = {
  none: [],
  'optional token': [...BAD_TOKEN, 'session_required'],
  token: [...BAD_TOKEN, 'session_required'],
  'token or key': BAD_TOKEN,
  key: BAD_KEY,
  'token and key': [...BAD_TOKEN, ...BAD_KEY],
};

/** An API key of a limited user is refused everywhere, a limited session on most routes. */
const LIMITED = ['email_not_verified', 'second_factor_setup_required'] as const;

/** The errors with which the guards refuse a caller. */
export function accessErrors(access: RouteAccess): DocumentedError[] {
  const { credentials, scope, role, recentLogin, allowsLimited } = access;
  const isLimitRefused = /key/.test(credentials) || (credentials === 'token' && !allowsLimited);
  return [
    ...ERRORS[credentials],
    ...(isLimitRefused ? LIMITED : []),
    ...(role ? (['forbidden'] as const) : []),
    ...(recentLogin ? (['reauthentication_required'] as const) : []),
    ...(scope ? [insufficientScope(scope)] : []),
  ];
}

const HOLDERS: Readonly<Record<Role, string>> = {
  user: '',
  admin: ' of an admin',
  SUPER_ADMIN: ' of a SUPER_ADMIN',
};

/** What an operation requires of its caller, in sentences. */
export function accessSentences(access: RouteAccess): string {
  const { credentials, role = 'user', recentLogin, allowsLimited } = access;
  const sentences = [
    credentialsSentence(access, HOLDERS[role]),
    allowsLimited && /^token/.test(credentials) && 'A limited session is enough.',
    recentLogin && recentLoginSentence(recentLogin),
  ];
  return sentences.filter(Boolean).join(' ');
}

function credentialsSentence({ credentials, scope }: RouteAccess, holder: string): string {
  switch (credentials) {
    case 'none':
      return 'Requires no credentials.';
    case 'optional token':
      return 'The access token may be left out.';
    case 'token':
      return `Requires an access token${holder}; an API key is refused.`;
    case 'token or key':
      return `Requires an access token, or an API key with the scope \`${scope}\`${holder && `,${holder}`}.`;
    case 'key':
      return 'Requires an API key.';
    case 'token and key':
      return (
        'Requires an access token and an API key of the same user. ' +
        `If the token is bound to the key, the key needs the scope \`${scope}\`.`
      );
  }
}

function recentLoginSentence(scope: NonNullable<RouteAccess['recentLogin']>): string {
  const of = scope === 'every user' ? 'The login' : 'For a user with a second factor, the login';
  return `${of}, or its last confirmation, must be at most ${RECENT_LOGIN_SECONDS / 60} minutes old.`;
}
