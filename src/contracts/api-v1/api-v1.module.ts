import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../modules/api-keys/api-keys.module.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { AuthController } from './auth/auth.controller.js';
import { KeysController } from './auth/keys.controller.js';

@Module({ imports: [AuthModule, ApiKeysModule], controllers: [AuthController, KeysController] })
export class ApiV1Module {}
