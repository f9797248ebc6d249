import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Revocation } from './revocation.entity.js';
import { Revocations } from './revocations.js';

@Module({
  imports: [TypeOrmModule.forFeature([Revocation])],
  providers: [Revocations],
  exports: [Revocations],
})
export class RevocationsModule {}
