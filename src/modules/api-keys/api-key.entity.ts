import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Scope } from '../../common/principal.js';
import { User } from '../users/user.entity.js';

/** A key with which a server acts as the key's owner, within its scopes. Only a hash of the secret is stored. */
@Entity('api_keys')
@Index('api_keys_user_id_created_at_idx', ['userId', 'createdAt'])
export class ApiKey {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'api_keys_pkey' })
  id!: string;

  /** The public id: `key_` and 20 letters or digits. */
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

  /** SHA-256 of the whole secret: with 190 random bits it needs no slow hash. */
  @Index('api_keys_secret_hash_key', { unique: true })
  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer;

  /** The last characters of the secret, by which its owner recognizes it; null: the key is older than this column. */
  @Column('text', { name: 'last_four', nullable: true })
  lastFour!: string | null;

  /** SHA-256 of the secret before the last rotation, which stays valid until `previousValidUntil`. */
  @Index('api_keys_previous_secret_hash_key', { unique: true })
  @Column('bytea', { name: 'previous_secret_hash', nullable: true })
  previousSecretHash!: Buffer | null;

  @Column({ type: 'timestamptz', name: 'previous_valid_until', precision: 3, nullable: true })
  previousValidUntil!: Date | null;

  @Column({ type: 'text', array: true })
  scopes!: Scope[];

  /** The networks it may be used from, in canonical CIDR notation; null: any. */
  @Column({ type: 'text', name: 'allowed_networks', array: true, nullable: true })
  allowedNetworks!: string[] | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** When it last got a new secret; null: it still has its first one. */
  @Column({ type: 'timestamptz', name: 'rotated_at', precision: 3, nullable: true })
  rotatedAt!: Date | null;

  /** Only moves forward. Lags by a few seconds, since uses are written in batches. */
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;
}
