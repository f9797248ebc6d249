import { ERRORS_PATH, GUIDE_PATH } from '../../http/docs/guide-path.js';
import type { Contract } from '../../http/output/contract.js';
import { API_EXAMPLES } from './api.examples.js';
import { API_ERROR_CODES, ApiFieldError, describeApiErrors, presentApiError } from './api.errors.js';
import { ApiModule } from './api.module.js';

/** The main API: accounts, sessions, users, artists with their songs, API keys. */
export const API: Contract = {
  name: 'api',
  namespace: '',
  title: 'Stagedoor',
  description:
    'Accounts, sessions, users, artists and API keys. A success is `{message, data}`, an error ' +
    '`{statusCode, message, error, code}`, with `errors` where fields are concerned. Log in, send the access token as `Authorization: Bearer …`, and refresh it ' +
    'with the refresh token. Servers send an API key as `x-api-key` instead.',
  tags: {
    'Start here':
      `[The guide](${GUIDE_PATH}) says what to know before the first call: CORS, how to log in and stay logged in, ` +
      `several tabs, limits. [Errors](${ERRORS_PATH}) lists every code, what it means and what to do.`,
    Authentication: 'Sign up, log in, refresh the access token, log out.',
    'Account recovery': 'Reset a password, verify or change an e-mail address, with codes from mails.',
    'Second factors': 'Authenticator apps and recovery codes.',
    Passkeys: 'Log in without a password; add, name and remove passkeys.',
    Sessions: 'List and end sessions.',
    'API keys': 'Credentials for servers. A key is shown only once, when it is created.',
    Audit: 'Security events of accounts and credentials, for admins.',
    Users: 'Your profile; for admins, all users.',
    Artists: 'Users manage their own artists, and get 404 for those of others. Admins manage all.',
    Songs: 'The songs of an artist, with the access rules of the artist.',
    Catalogue: 'Import and export of your whole roster.',
  },
  prefix: 'api',
  paths: ['/api'],
  module: ApiModule,
  examples: API_EXAMPLES,
  codeSamples: [
    ...['signUp', 'logIn', 'refresh', 'logOut', 'forgotPassword', 'createKey', 'showMe'],
    ...['listArtists', 'createArtist', 'updateArtist', 'listSongs', 'createSong'],
  ],
  presentError: presentApiError,
  describeErrors: describeApiErrors,
  errorModels: [ApiFieldError],
  errorField: 'code',
  errorWords: API_ERROR_CODES,
};
