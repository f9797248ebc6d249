import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessDenials } from './access-denials.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditTrail } from './audit-trail.js';
import { SecurityEvents } from './security-events.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuditEvent])],
  providers: [SecurityEvents, AuditTrail, AccessDenials],
  exports: [SecurityEvents, AuditTrail, AccessDenials],
})
export class SecurityEventsModule {}
