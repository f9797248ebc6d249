import type { Contract } from '../../http/output/contract.js';
import { V1_EXAMPLES } from './v1.examples.js';
import { describeV1Errors, presentV1Error, V1_ERROR_CODES, V1ErrorDetail } from './v1.errors.js';
import { V1Module } from './v1.module.js';

/** Registration, login, refresh, logout and profile, in success envelopes. */
export const V1: Contract = {
  name: 'v1',
  namespace: 'V1',
  title: 'Stagedoor /v1: success envelopes',
  description:
    'Registration, login, refresh, logout and profile. A success is `{"success": true, "data": …}`, an error ' +
    '`{"success": false, "error": {"code", "message", "details"?}}`. Send the token as `Authorization: Bearer …`.',
  tags: {
    Authentication: 'Register, log in, refresh the access token, log out.',
    User: 'The profile of the authenticated user.',
  },
  prefix: 'v1',
  paths: ['/v1'],
  module: V1Module,
  examples: V1_EXAMPLES,
  presentError: presentV1Error,
  describeErrors: describeV1Errors,
  errorModels: [V1ErrorDetail],
  errorField: 'error.code',
  errorWords: V1_ERROR_CODES,
};
