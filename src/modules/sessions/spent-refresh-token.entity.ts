import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Session } from './session.entity.js';

/**
 * A refresh token that was replaced, and whose successor has been used. Presented again, it must be a copy (RFC 9700,
 * section 4.14.2). Written with `REFRESH_TOKEN_ROTATION` only; deleted with its session.
 */
@Entity('spent_refresh_tokens')
export class SpentRefreshToken {
  @PrimaryColumn('bytea', { name: 'token_hash', primaryKeyConstraintName: 'spent_refresh_tokens_pkey' })
  tokenHash!: Buffer;

  @Index('spent_refresh_tokens_session_id_idx')
  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @ManyToOne(() => Session, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'spent_refresh_tokens_session_id_fkey' })
  session?: Relation<Session>;
}
