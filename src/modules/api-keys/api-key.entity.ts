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

  @Column({ type: 'text', array: true })
  scopes!: Scope[];

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** Moves forward only, and lags by a few seconds: uses are written together. */
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;
}
