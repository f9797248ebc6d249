import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Session } from './session.entity.js';

/** How many spent tokens of a session are remembered. */
export const SPENT_TOKENS_KEPT = 1000;

/**
 * A refresh token that was replaced, and whose successor has been used. Presented again, it must be a copy (RFC 9700,
 * section 4.14.2). Written with `REFRESH_TOKEN_ROTATION` only; deleted with its session.
 */
@Entity('spent_refresh_tokens')
@Index('spent_refresh_tokens_session_id_slot_key', ['sessionId', 'slot'], { unique: true })
export class SpentRefreshToken {
  @PrimaryColumn('bytea', { name: 'token_hash', primaryKeyConstraintName: 'spent_refresh_tokens_pkey' })
  tokenHash!: Buffer;

  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @ManyToOne(() => Session, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'session_id', foreignKeyConstraintName: 'spent_refresh_tokens_session_id_fkey' })
  session?: Relation<Session>;

  /** From 0 to {@link SPENT_TOKENS_KEPT} - 1, in turn: a new spent token of the session takes the place of the oldest. */
  @Column('smallint')
  slot!: number;
}
