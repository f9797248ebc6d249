import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { User } from '../users/user.entity.js';

/**
 * A login, with its one refresh token. A session is live while its row exists and has not expired: a logout, a
 * suspension, a change of role, or the deletion of the user or of the API key it is bound to, deletes the row.
 */
@Entity('sessions')
@Index('sessions_user_id_created_at_idx', ['userId', 'createdAt'])
export class Session {
  /** The `sid` of its access tokens. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'sessions_user_id_fkey' })
  user?: Relation<User>;

  /** The API key that the session is bound to: it ends with the key. Null for other sessions. */
  @Index('sessions_api_key_id_idx')
  @Column('uuid', { name: 'api_key_id', nullable: true })
  apiKeyId!: string | null;

  @ManyToOne(() => ApiKey, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'api_key_id', foreignKeyConstraintName: 'sessions_api_key_id_fkey' })
  apiKey?: Relation<ApiKey>;

  /** SHA-256 of the refresh token. Null for a session that cannot be refreshed. */
  @Index('sessions_refresh_token_hash_key', { unique: true })
  @Column('bytea', { name: 'refresh_token_hash', nullable: true })
  refreshTokenHash!: Buffer | null;

  /** SHA-256 of the token before it, which still returns its successor. Null until the first rotation. */
  @Index('sessions_previous_token_hash_key', { unique: true })
  @Column('bytea', { name: 'previous_token_hash', nullable: true })
  previousTokenHash!: Buffer | null;

  /** The current refresh token, sealed under the one before it. Null until the first rotation. */
  @Column('bytea', { name: 'sealed_successor', nullable: true })
  sealedSuccessor!: Buffer | null;

  /** How often its refresh token was replaced. */
  @Column('integer', { name: 'rotation_count', default: 0 })
  rotationCount!: number;

  /** The User-Agent of the client that logged in. */
  @Column('text', { nullable: true })
  device!: string | null;

  /** Where the login came from: an IPv4 address, or the /64 network of an IPv6 address. */
  @Column('text', { nullable: true })
  network!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** When the user last proved who they are in it: by the login, or by confirming the password. A refresh proves nothing. */
  @Column({ type: 'timestamptz', name: 'authenticated_at', precision: 3, default: () => 'now()' })
  authenticatedAt!: Date;

  /** Whether the user proved a second factor in it: at the login, or since then. */
  @Column('boolean', { name: 'second_factor', default: false })
  secondFactor!: boolean;

  /** When it was last refreshed; lags by a few seconds. Null: never. */
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;

  /** When it expires; a refresh does not extend it. */
  @Index('sessions_expires_at_idx')
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}
