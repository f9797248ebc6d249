import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/**
 * An authenticator app (TOTP, RFC 6238): one per user. It counts once `users.totp_enabled_at` is set; until then it waits
 * for its first right code.
 */
@Entity('totp_factors')
export class TotpFactor {
  @ForeignKey('User', { onDelete: 'CASCADE', name: 'totp_factors_user_id_fkey' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'totp_factors_pkey' })
  userId!: string;

  /** 160 bits, sealed under `APP_SECRET` for this user alone. */
  @Column('bytea', { name: 'sealed_secret' })
  sealedSecret!: Buffer;

  /** Identifies the secret that it is sealed under, without revealing it. */
  @Index('totp_factors_sealed_under_idx')
  @Column('bytea', { name: 'sealed_under' })
  sealedUnder!: Buffer;

  /** The latest time step whose code was accepted: no code of it, or of an earlier one, is accepted again. */
  @Column('integer', { name: 'last_step', nullable: true })
  lastStep!: number | null;

  /** When wrong codes were sent with the right password: those of the last seven days, at most 32, all different. */
  @Column({ type: 'timestamptz', name: 'wrong_codes', array: true, default: () => `'{}'` })
  wrongCodes!: Date[];

  /** Until when TOTP codes are refused without being compared; null: not locked. */
  @Column({ type: 'timestamptz', name: 'locked_until', precision: 3, nullable: true })
  lockedUntil!: Date | null;

  /** When the user was last notified of a right password without a code from an unknown network; null: never. */
  @Column({ type: 'timestamptz', name: 'notified_at', precision: 3, nullable: true })
  notifiedAt!: Date | null;

  /** The salt of the user's recovery codes; null while there are none. */
  @Column('bytea', { name: 'recovery_salt', nullable: true })
  recoverySalt!: Buffer | null;
}
