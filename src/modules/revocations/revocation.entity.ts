import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type RevocationKind = 'session' | 'api_key' | 'owner' | 'signing_keys';

/**
 * Something was taken back: a session ended, an API key was deleted or changed, a key owner's role or status changed,
 * or signing keys came or went.
 * Written by triggers, never by the app, so that no code path (and nobody at a console) can forget it. Kept as long
 * as an access token can live.
 */
@Entity('revocations')
export class Revocation {
  @PrimaryColumn('bigint', {
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'revocations_pkey',
  })
  id!: string;

  /** The transaction that wrote it. A reader who remembers which were still running knows what it has not seen. */
  @Index('revocations_transaction_id_idx')
  @Column('bigint', { name: 'transaction_id' })
  transactionId!: string;

  @Column('text')
  kind!: RevocationKind;

  /** The session, the key (by row id), or the person; nil for signing keys, which are read as a whole. */
  @Column('uuid')
  subject!: string;

  @Index('revocations_revoked_at_idx')
  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3 })
  revokedAt!: Date;
}
