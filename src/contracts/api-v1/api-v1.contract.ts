import type { Contract } from '../../http/output/contract.js';
import { API_V1_EXAMPLES } from './api-v1.examples.js';
import { API_V1_MESSAGES, describeApiV1Errors, presentApiV1Error } from './api-v1.errors.js';
import { ApiV1Module } from './api-v1.module.js';

/** Login by username and API keys, in bare bodies. */
export const API_V1: Contract = {
  name: 'api-v1',
  namespace: 'ApiV1',
  title: 'Stagedoor /api/v1: by username',
  description:
    'Login by username, refresh, logout and API keys. A success is a bare body, an error `{"error": "message"}`. ' +
    'Send the token as `Authorization: Bearer …`.',
  tags: {
    Authentication: 'Log in by username, refresh the access token, log out.',
    'API keys': 'Credentials for server-to-server integrations.',
  },
  prefix: 'api/v1',
  paths: ['/api/v1'],
  module: ApiV1Module,
  examples: API_V1_EXAMPLES,
  presentError: presentApiV1Error,
  describeErrors: describeApiV1Errors,
  errorField: 'error',
  errorWords: API_V1_MESSAGES,
};
