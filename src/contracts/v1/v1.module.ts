import { Module } from '@nestjs/common';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { UsersModule } from '../../modules/users/users.module.js';
import { AuthController } from './auth/auth.controller.js';
import { ProfileController } from './user/profile.controller.js';

@Module({ imports: [AuthModule, UsersModule], controllers: [AuthController, ProfileController] })
export class V1Module {}
