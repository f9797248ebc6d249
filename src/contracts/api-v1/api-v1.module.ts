import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../modules/api-keys/api-keys.module.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import type { Contract } from '../contract.js';
import { presentApiV1Error } from './api-v1.contract.js';
import { AuthController } from './auth/auth.controller.js';
import { KeysController } from './keys/keys.controller.js';

@Module({ imports: [AuthModule, ApiKeysModule], controllers: [AuthController, KeysController] })
export class ApiV1Module {}

/** Login by username and API keys, in bare bodies. */
export const API_V1: Contract = {
  name: 'api-v1',
  title: 'Stagedoor /api/v1: by username',
  description:
    'Login by username, refresh, logout and API keys. Successes are bare bodies, refusals `{"error": "text"}`. ' +
    'Send the token as `Authorization: Bearer …`.',
  tags: {
    Authentication: 'Log in by username, stay logged in, log out.',
    'API keys': 'Credentials for server-to-server integrations.',
  },
  prefix: 'api/v1',
  paths: ['/api/v1'],
  module: ApiV1Module,
  presentError: presentApiV1Error,
};
