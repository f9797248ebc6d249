import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { SecurityEventName } from './security-event.js';

/**
 * A security event in the audit trail. Append-only: the database refuses to change or delete one, except for the purge of
 * old ones. Without foreign keys, since events outlive what they are about. Holds ids, addresses and plain words.
 */
@Entity('audit_events')
@Index('audit_events_created_at_id_idx', ['createdAt', 'id'])
@Index('audit_events_event_created_at_id_idx', ['event', 'createdAt', 'id'])
@Index('audit_events_user_id_created_at_id_idx', ['userId', 'createdAt', 'id'])
@Index('audit_events_actor_id_created_at_id_idx', ['actorId', 'createdAt', 'id'], { where: `"actor_id" IS NOT NULL` })
export class AuditEvent {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'audit_events_pkey' })
  id!: string;

  @Column('text')
  event!: SecurityEventName;

  /** The actor; null without a login. */
  @Column('uuid', { name: 'actor_id', nullable: true })
  actorId!: string | null;

  /** The user it concerns. */
  @Column('uuid', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId!: string | null;

  /** The public name of an API key (`key_…`). */
  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column('text', { nullable: true })
  ip!: string | null;

  @Column('text', { name: 'request_id', nullable: true })
  requestId!: string | null;

  @Column('jsonb')
  details!: Readonly<Record<string, string | number>>;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;
}
