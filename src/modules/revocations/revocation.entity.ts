import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type RevocationKind = 'session' | 'key_bound_session' | 'api_key' | 'owner' | 'signing_keys';

/**
 * A revocation: a session was deleted, with or without an API key that it was bound to; an API key was deleted or changed;
 * the role, status, verification or second factor of a user changed; or signing keys were added or deleted. Written by
 * triggers, so that no code path and no statement at a console can omit it. Kept as long as an access token can live.
 */
@Entity('revocations')
// Finds what was written by the transactions that were still running at a reader's last read.
@Index('revocations_transaction_id_id_idx', ['transactionId', 'id'])
@Index('revocations_kind_id_idx', ['kind', 'id'])
export class Revocation {
  @PrimaryColumn('bigint', {
    generated: 'identity',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'revocations_pkey',
  })
  id!: string;

  /** The transaction that wrote it. */
  @Column('bigint', { name: 'transaction_id' })
  transactionId!: string;

  @Column('text')
  kind!: RevocationKind;

  /** The id of the session, the API key (its row) or the user; the nil UUID for signing keys. */
  @Column('uuid')
  subject!: string;

  @Index('revocations_revoked_at_idx')
  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3 })
  revokedAt!: Date;
}
