import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Scope } from '../../common/principal.js';
import { User } from '../users/user.entity.js';

/** A key that lets a server act as its owner, within its scopes. The secret is shown once and kept as a hash. */
@Entity('api_keys')
@Index('api_keys_user_id_created_at_idx', ['userId', 'createdAt'])
export class ApiKey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id!: string;

  /** The name it goes by outside: `key_` and 20 letters or digits. Not a secret. */
  @Index('api_keys_key_id_key', { unique: true })
  @Column('text', { name: 'key_id' })
  keyId!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'api_keys_user_id_fkey' })
  user?: Relation<User>;

  @Column('text')
  name!: string;

  /** SHA-256 of the whole key: its 190 random bits need no slow hash. */
  @Index('api_keys_secret_hash_key', { unique: true })
  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer;

  /** What the key was before it was rotated; opens the same until `previousValidUntil`. */
  @Index('api_keys_previous_secret_hash_key', { unique: true })
  @Column('bytea', { name: 'previous_secret_hash', nullable: true })
  previousSecretHash!: Buffer | null;

  @Column({ type: 'timestamptz', name: 'previous_valid_until', precision: 3, nullable: true })
  previousValidUntil!: Date | null;

  @Column({ type: 'text', array: true })
  scopes!: Scope[];

  /** Where it may be used from, in canonical CIDR notation; null: from anywhere. */
  @Column({ type: 'text', name: 'allowed_networks', array: true, nullable: true })
  allowedNetworks!: string[] | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** Moves forward only, and lags by a few seconds: uses are written together. */
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;
}
