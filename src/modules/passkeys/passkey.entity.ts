import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../users/user.entity.js';

/** A public key that a user logs in with. The private key never leaves the user's device or password manager. */
@Entity('passkeys')
@Index('passkeys_user_id_created_at_idx', ['userId', 'createdAt'])
export class Passkey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'passkeys_pkey' })
  id!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'passkeys_user_id_fkey' })
  user?: Relation<User>;

  @Column('text')
  name!: string;

  /** How the authenticator names the key: up to 1,023 bytes. */
  @Index('passkeys_credential_id_key', { unique: true })
  @Column('bytea', { name: 'credential_id' })
  credentialId!: Buffer;

  /** A COSE key (RFC 9052, section 7). */
  @Column('bytea', { name: 'public_key' })
  publicKey!: Buffer;

  /** The highest signature counter that the authenticator reported; 0 where it does not count. */
  @Column('bigint', { name: 'sign_count' })
  signCount!: string;

  /** Whether the key can be on several devices, such as in a password manager (WebAuthn's backup eligibility). */
  @Column('boolean', { name: 'is_synced' })
  isSynced!: boolean;

  /** How the browser can reach the authenticator, such as `internal` or `usb`. */
  @Column('text', { array: true })
  transports!: string[];

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;
}
