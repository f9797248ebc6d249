import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EmailCodePurgeJob } from './email-code-purge.job.js';
import { EmailCode } from './email-code.entity.js';
import { EmailCodes } from './email-codes.js';

/** Single-use codes that are mailed or handed over. */
@Module({
  imports: [TypeOrmModule.forFeature([EmailCode])],
  providers: [EmailCodes, EmailCodePurgeJob],
  exports: [EmailCodes],
})
export class EmailCodesModule {}
