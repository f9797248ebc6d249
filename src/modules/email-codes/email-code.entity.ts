import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { EmailCodeKind } from './email-code-kind.js';

/**
 * A code that was mailed, and so proves access to a mailbox, or that was handed over. It is derived from the row's id
 * and `APP_SECRET`; only a keyed digest is stored.
 *
 * A trigger ends all codes but undo codes when the user's address, status or role changes.
 */
@Entity('email_codes')
@Check('email_codes_kind_check', `"kind" IN ('reset', 'verification', 'new_address', 'invitation', 'undo')`)
@Index('email_codes_user_id_kind_idx', ['userId', 'kind'])
// Valid undo codes reserve their address.
@Index('email_codes_undo_address_idx', ['address'], { where: `"kind" = 'undo' AND "ended_at" IS NULL` })
export class EmailCode {
  /** UUID version 7. The id of the message that carries the code, if there is one. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'email_codes_pkey' })
  id!: string;

  @Column('text')
  kind!: EmailCodeKind;

  @ForeignKey('User', { onDelete: 'CASCADE', name: 'email_codes_user_id_fkey' })
  @Column('uuid', { name: 'user_id' })
  userId!: string;

  /** The address it was mailed to, in canonical form; an undo code restores it. Null: it was handed over. */
  @Column('text', { nullable: true })
  address!: string | null;

  /** HMAC-SHA256 of the code in canonical form. */
  @Index('email_codes_code_digest_key', { unique: true })
  @Column('bytea', { name: 'code_digest' })
  codeDigest!: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** Of a code that undoes a change of address: when the change was requested. */
  @Column({ type: 'timestamptz', name: 'requested_at', precision: 3, nullable: true })
  requestedAt!: Date | null;

  @Index('email_codes_expires_at_idx')
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt!: Date;

  @Column({ type: 'timestamptz', name: 'used_at', precision: 3, nullable: true })
  usedAt!: Date | null;

  /** When it became invalid: by use, by a newer code, or by a change of the account. */
  @Column({ type: 'timestamptz', name: 'ended_at', precision: 3, nullable: true })
  endedAt!: Date | null;
}
