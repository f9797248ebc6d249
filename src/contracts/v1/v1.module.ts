import { Module } from '@nestjs/common';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { UsersModule } from '../../modules/users/users.module.js';
import type { Contract } from '../contract.js';
import { AuthController } from './auth/auth.controller.js';
import { ProfileController } from './user/profile.controller.js';
import { presentV1Error } from './v1.contract.js';

@Module({ imports: [AuthModule, UsersModule], controllers: [AuthController, ProfileController] })
export class V1Module {}

/** Register, login, refresh, logout and profile, in success envelopes. */
export const V1: Contract = {
  name: 'v1',
  title: 'Stagedoor /v1: success envelopes',
  description:
    'Register, login, refresh, logout and profile. Successes are `{"success": true, "data": …}`, refusals ' +
    '`{"success": false, "error": {"code", "message", "details"?}}`. Send the token as `Authorization: Bearer …`.',
  tags: {
    Authentication: 'Register, log in, stay logged in, log out.',
    User: 'The profile of whoever is logged in.',
  },
  prefix: 'v1',
  paths: ['/v1'],
  module: V1Module,
  presentError: presentV1Error,
};
