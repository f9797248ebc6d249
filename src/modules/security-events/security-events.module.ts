import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditEvent } from './audit-event.entity.js';
import { AuditTrail } from './audit-trail.js';
import { SecurityEvents } from './security-events.js';

@Module({
  imports: [TypeOrmModule.forFeature([AuditEvent])],
  providers: [SecurityEvents, AuditTrail],
  exports: [SecurityEvents, AuditTrail],
})
export class SecurityEventsModule {}
