import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { User } from './user.entity.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([User]), RevocationsModule, SecurityEventsModule],
  providers: [UsersService],
  exports: [UsersService],
})
export class UsersModule {}
