import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Freshness } from '../../common/freshness.js';
import { Revocation } from './revocation.entity.js';
import { Revocations } from './revocations.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([Revocation])],
  providers: [Revocations, { provide: Freshness, useExisting: Revocations }],
  exports: [Revocations, Freshness],
})
export class RevocationsModule {}
