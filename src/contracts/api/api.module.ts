import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../modules/api-keys/api-keys.module.js';
import { ArtistsModule } from '../../modules/artists/artists.module.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { SecurityEventsModule } from '../../modules/security-events/security-events.module.js';
import { UsersModule } from '../../modules/users/users.module.js';
import type { Contract } from '../contract.js';
import { presentApiError } from './api.contract.js';
import { ArtistsController } from './artists/artists.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { KeysController } from './keys/keys.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SongsController } from './songs/songs.controller.js';
import { UsersController } from './users/users.controller.js';

@Module({
  imports: [AuthModule, SecurityEventsModule, UsersModule, ArtistsModule, ApiKeysModule],
  controllers: [
    AuthController,
    SessionsController,
    KeysController,
    AuditController,
    UsersController,
    ArtistsController,
    SongsController,
  ],
})
export class ApiModule {}

/** The product's own API: accounts, sessions, users, artists with their songs, API keys. */
export const API: Contract = {
  name: 'api',
  title: 'Stagedoor',
  description:
    'Accounts, sessions, users, artists and API keys. Successes are `{message, data}`, refusals `{statusCode, message, error, code}`. ' +
    'Log in, send the token as `Authorization: Bearer …`, and renew it with the refresh token; servers send `x-api-key`.',
  tags: {
    Authentication: 'Sign up, log in, stay logged in, log out.',
    Sessions: 'The logins that go on, and ending them.',
    'API keys': 'Credentials for servers: made and deleted by a login, shown once.',
    Audit: 'What happened to accounts and credentials, for admins.',
    Users: 'One’s own profile; everybody’s for admins.',
    Artists: 'The artists of a user. Somebody else’s does not exist, except for admins.',
    Songs: 'The songs of an artist. They follow the artist’s rules.',
  },
  prefix: 'api',
  paths: ['/api'],
  module: ApiModule,
  presentError: presentApiError,
};
