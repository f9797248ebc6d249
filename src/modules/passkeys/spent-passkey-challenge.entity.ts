import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A challenge that was answered, stored until it expires, so that no instance accepts it again. */
@Entity('spent_passkey_challenges')
export class SpentPasskeyChallenge {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'spent_passkey_challenges_pkey' })
  id!: string;

  @Index('spent_passkey_challenges_expires_at_idx')
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}
