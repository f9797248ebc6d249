import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { ApiKey } from '../../api-keys/api-key.entity.js';
import { User } from '../../users/user.entity.js';

/**
 * One login, and its one refresh token. While the row is there and not expired the session is live; whatever ends it
 * (logout, suspension, a change of role, deletion of the person or of the key it is bound to) deletes the row.
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

  /** The API key a feed login is bound to: it ends with the key. */
  @Index('sessions_api_key_id_idx')
  @Column('uuid', { name: 'api_key_id', nullable: true })
  apiKeyId!: string | null;

  @ManyToOne(() => ApiKey, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'api_key_id', foreignKeyConstraintName: 'sessions_api_key_id_fkey' })
  apiKey?: Relation<ApiKey>;

  /** SHA-256 of the refresh token. Null where the login gave none (a feed login, and a registration that hands out none). */
  @Index('sessions_refresh_token_hash_key', { unique: true })
  @Column('bytea', { name: 'refresh_token_hash', nullable: true })
  refreshTokenHash!: Buffer | null;

  /** The token before it, by which a lost answer can be asked for again. Null until the first rotation. */
  @Index('sessions_previous_token_hash_key', { unique: true })
  @Column('bytea', { name: 'previous_token_hash', nullable: true })
  previousTokenHash!: Buffer | null;

  /** The present token, sealed so that only whoever holds the one before it can open it. */
  @Column('bytea', { name: 'sealed_successor', nullable: true })
  sealedSuccessor!: Buffer | null;

  /** What the client called itself (User-Agent) when it logged in. */
  @Column('text', { nullable: true })
  device!: string | null;

  /** Where the login came from: an IPv4 address, or the /64 of an IPv6 one. */
  @Column('text', { nullable: true })
  network!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** When its access token was last renewed; lags by a few seconds. Null: never. */
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;

  /** The absolute end; no refresh moves it. */
  @Index('sessions_expires_at_idx')
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}
