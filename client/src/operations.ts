// Written by client/generate.mjs from the OpenAPI document of /api. Do not edit.

export interface Operation {
  readonly method: string;
  readonly path: string;
  /** The content type of its body. */
  readonly body?: string;
  readonly query?: true;
  /** Takes no credentials. */
  readonly open?: true;
  /** Returns a page of a list; the name of the call that returns all its items. */
  readonly list?: string;
}

export const OPERATIONS = {
  addPasskey: { method: 'POST', path: '/api/users/me/passkeys', body: 'application/json' },
  beginTotp: { method: 'POST', path: '/api/users/me/totp' },
  changeEmail: { method: 'POST', path: '/api/users/me/email', body: 'application/json' },
  changePassword: { method: 'POST', path: '/api/users/me/password', body: 'application/json' },
  createArtist: { method: 'POST', path: '/api/artists', body: 'application/json' },
  createKey: { method: 'POST', path: '/api/auth/keys', body: 'application/json' },
  createResetCode: { method: 'POST', path: '/api/users/{id}/reset-code' },
  createSong: { method: 'POST', path: '/api/artists/{id}/songs', body: 'application/json' },
  deleteArtist: { method: 'DELETE', path: '/api/artists/{id}' },
  deleteKey: { method: 'DELETE', path: '/api/auth/keys/{keyId}' },
  deleteMe: { method: 'DELETE', path: '/api/users/me' },
  deleteSong: { method: 'DELETE', path: '/api/songs/{id}' },
  deleteUser: { method: 'DELETE', path: '/api/users/{id}' },
  endOtherSessions: { method: 'DELETE', path: '/api/auth/sessions' },
  endSession: { method: 'DELETE', path: '/api/auth/sessions/{id}' },
  endUserSessions: { method: 'DELETE', path: '/api/users/{id}/sessions' },
  exportCatalogue: { method: 'GET', path: '/api/catalogue/export' },
  exportMe: { method: 'GET', path: '/api/users/me/export' },
  exportUser: { method: 'GET', path: '/api/users/{id}/export' },
  forgotPassword: { method: 'POST', path: '/api/auth/password/forgot', body: 'application/json', open: true },
  importCatalogue: { method: 'POST', path: '/api/catalogue/import', body: 'application/x-ndjson' },
  importUsers: { method: 'POST', path: '/api/users/import', body: 'application/x-ndjson' },
  inviteUser: { method: 'POST', path: '/api/users', body: 'application/json' },
  listAllSongs: { method: 'GET', path: '/api/songs', query: true, list: 'allSongs' },
  listArtists: { method: 'GET', path: '/api/artists', query: true, list: 'artists' },
  listAuditEvents: { method: 'GET', path: '/api/audit', query: true, list: 'auditEvents' },
  listKeys: { method: 'GET', path: '/api/auth/keys' },
  listPasskeys: { method: 'GET', path: '/api/users/me/passkeys' },
  listSessions: { method: 'GET', path: '/api/auth/sessions' },
  listSongs: { method: 'GET', path: '/api/artists/{id}/songs', query: true, list: 'songs' },
  listUsers: { method: 'GET', path: '/api/users', query: true, list: 'users' },
  logIn: { method: 'POST', path: '/api/auth/login', body: 'application/json', open: true },
  logInByPasskey: { method: 'POST', path: '/api/auth/passkey', body: 'application/json', open: true },
  logOut: { method: 'POST', path: '/api/auth/logout', body: 'application/json' },
  mergeArtist: { method: 'POST', path: '/api/artists/{id}/merge', body: 'application/json' },
  newPasskeyOptions: { method: 'POST', path: '/api/users/me/passkeys/options' },
  passkeyOptions: { method: 'POST', path: '/api/auth/passkey/options', open: true },
  reauthenticate: { method: 'POST', path: '/api/auth/reauthenticate', body: 'application/json' },
  refresh: { method: 'POST', path: '/api/auth/refresh', body: 'application/json', open: true },
  register: { method: 'POST', path: '/api/auth/register', body: 'application/json', open: true },
  removePasskey: { method: 'DELETE', path: '/api/users/me/passkeys/{id}' },
  removeSecondFactors: { method: 'DELETE', path: '/api/users/{id}/second-factor' },
  removeTotp: { method: 'DELETE', path: '/api/users/me/totp' },
  renamePasskey: { method: 'PATCH', path: '/api/users/me/passkeys/{id}', body: 'application/json' },
  replaceRecoveryCodes: { method: 'POST', path: '/api/users/me/recovery-codes' },
  resendCode: { method: 'POST', path: '/api/users/me/email/resend' },
  resetPassword: { method: 'POST', path: '/api/auth/password/reset', body: 'application/json', open: true },
  revokeLeakedKey: { method: 'POST', path: '/api/auth/keys/revoke-leaked', body: 'application/json' },
  rotateKey: { method: 'POST', path: '/api/auth/keys/{keyId}/rotate', body: 'application/json' },
  showArtist: { method: 'GET', path: '/api/artists/{id}', query: true },
  showMe: { method: 'GET', path: '/api/users/me' },
  showSecurity: { method: 'GET', path: '/api/users/me/security' },
  showSong: { method: 'GET', path: '/api/songs/{id}', query: true },
  showUser: { method: 'GET', path: '/api/users/{id}' },
  signUp: { method: 'POST', path: '/api/auth/signup', body: 'application/json', open: true },
  undoEmailChange: { method: 'POST', path: '/api/auth/email/undo', body: 'application/json', open: true },
  updateArtist: { method: 'PATCH', path: '/api/artists/{id}', body: 'application/json' },
  updateMe: { method: 'PATCH', path: '/api/users/me', body: 'application/json' },
  updateSong: { method: 'PATCH', path: '/api/songs/{id}', body: 'application/json' },
  updateUser: { method: 'PATCH', path: '/api/users/{id}', body: 'application/json' },
  verifyEmail: { method: 'POST', path: '/api/users/me/email/verify', body: 'application/json' },
  verifyTotp: { method: 'POST', path: '/api/users/me/totp/verify', body: 'application/json' },
} as const;
