import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A recovery code that has not been used yet. */
@Entity('recovery_codes')
export class RecoveryCode {
  @ForeignKey('User', { onDelete: 'CASCADE', name: 'recovery_codes_user_id_fkey' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'recovery_codes_pkey' })
  userId!: string;

  /** argon2id under the salt of the user, which keeps a lost `APP_SECRET` from taking the codes with it. */
  @PrimaryColumn('bytea', { primaryKeyConstraintName: 'recovery_codes_pkey' })
  digest!: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;
}
