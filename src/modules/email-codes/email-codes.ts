import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { addSeconds, Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { SecretSeal } from '../../common/secret-seal.js';
import { Database } from '../../database/database.js';
import { CodeKeys } from './code-keys.js';
import { type EmailCodeKind, LIFETIME_SECONDS, LIVE_MAX } from './email-code-kind.js';
import { parseCode, showCode } from './email-code.js';

export interface NewMailedCode {
  /** The id of the message that carries the code. */
  readonly messageId: string;
  readonly kind: EmailCodeKind;
  readonly userId: string;
  /** Canonical. */
  readonly address: string;
  /** When sending the message is given up. */
  readonly giveUpAt: Date;
  /** For a code that undoes: when the change was requested. */
  readonly requestedAt?: Date | null;
}

/** A valid code. */
export interface LiveCode {
  readonly id: string;
  readonly kind: EmailCodeKind;
  readonly userId: string;
  /** The address it was mailed to; null if it was handed over and proves no access to a mailbox. */
  readonly address: string | null;
  readonly createdAt: Date;
  /** Of a code that undoes: when the change was requested. */
  readonly requestedAt: Date | null;
}

/** A typed code and what it must match. */
export interface PresentedCode {
  readonly code: string;
  readonly kinds: readonly EmailCodeKind[];
  /** The user it must belong to; absent for any. */
  readonly userId?: string;
}

export interface RedeemedCode extends LiveCode {
  /** It had been used before. Only verification codes can be presented again. */
  readonly isRepeat: boolean;
}

/**
 * Single-use codes that are mailed or handed over. A code is valid as soon as its row exists. Its lifetime starts when
 * its mail is marked as sent or given up, or, if it is handed over, when it is created.
 *
 * Methods with a manager run in the caller's transaction.
 */
@Injectable()
export class EmailCodes {
  private readonly keys: CodeKeys;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    seal: SecretSeal,
  ) {
    this.keys = new CodeKeys(seal);
  }

  /**
   * The code for a message, formatted for display: issued at the first call, and the same at every further call.
   * Undefined if it is no longer valid, or its user was deleted meanwhile, so that there is nothing to send.
   */
  async issue(
    manager: EntityManager,
    { messageId, kind, userId, address, giveUpAt, requestedAt = null }: NewMailedCode,
  ): Promise<string | undefined> {
    const expiresAt = addSeconds(giveUpAt, LIFETIME_SECONDS[kind]);
    await this.insert(manager, { id: messageId, kind, userId, address, expiresAt, requestedAt });
    const [row] = await manager.query<{ digest: Buffer }[]>(
      'SELECT code_digest AS digest FROM email_codes WHERE id = $1 AND ended_at IS NULL AND expires_at > $2',
      [messageId, this.clock.now()],
    );
    const code = row && this.keys.codeWith(messageId, row.digest);
    return code === undefined ? undefined : showCode(code);
  }

  /** Issues a code to be handed over in person. It proves no access to a mailbox. */
  async handOver(manager: EntityManager, kind: EmailCodeKind, userId: string): Promise<HandedOverCode> {
    const id = newId();
    const expiresAt = addSeconds(this.clock.now(), LIFETIME_SECONDS[kind]);
    await this.insert(manager, { id, kind, userId, address: null, expiresAt, requestedAt: null });
    return { code: showCode(this.keys.codeOf(id)), expiresAt };
  }

  /** Starts the lifetime of a code when its message has been sent. */
  async startLifetime(manager: EntityManager, messageId: string, sentAt: Date): Promise<void> {
    await manager.query(
      'UPDATE email_codes SET expires_at = $2::timestamptz + make_interval(secs => ($3::jsonb ->> kind)::int) WHERE id = $1',
      [messageId, sentAt, LIFETIME_SECONDS],
    );
  }

  /** The code, if it is valid. Does not use it. */
  async find(presented: PresentedCode): Promise<LiveCode | undefined> {
    const values = this.valuesOf(presented);
    if (!values) return undefined;
    const [code] = await this.database.query<LiveCode>(
      `SELECT ${COLUMNS} FROM email_codes WHERE ${IS_PRESENTED} AND ended_at IS NULL`,
      values,
    );
    return code;
  }

  /**
   * Uses a code. Of concurrent calls one succeeds. Ends the user's other codes of its kind; an undo code ends only undo
   * codes issued after it. If the transaction is rolled back, the code stays valid.
   */
  async redeem(manager: EntityManager, presented: PresentedCode): Promise<RedeemedCode | undefined> {
    const values = this.valuesOf(presented);
    if (!values) return undefined;
    const [[code]] = await manager.query<[LiveCode[], number]>(
      `UPDATE email_codes SET used_at = $3, ended_at = $3 WHERE ${IS_PRESENTED} AND ended_at IS NULL RETURNING ${COLUMNS}`,
      values,
    );
    if (!code) return this.findRepeat(manager, values);
    await manager.query(
      `UPDATE email_codes SET ended_at = $3
        WHERE user_id = $1 AND kind = $2 AND ended_at IS NULL AND (kind <> 'undo' OR created_at > $4)`,
      [code.userId, code.kind, this.clock.now(), code.createdAt],
    );
    return { ...code, isRepeat: false };
  }

  /** The user for whom a valid undo code reserves an address; undefined if none does. */
  async reservedFor(manager: EntityManager, address: string): Promise<string | undefined> {
    const [code] = await manager.query<{ userId: string }[]>(
      `SELECT user_id AS "userId" FROM email_codes
        WHERE kind = 'undo' AND ended_at IS NULL AND expires_at > $2 AND address = $1 LIMIT 1`,
      [address, this.clock.now()],
    );
    return code?.userId;
  }

  /** Ends all of a user's codes of these kinds. */
  async end(manager: EntityManager, userId: string, kinds: readonly EmailCodeKind[]): Promise<void> {
    await manager.query(
      'UPDATE email_codes SET ended_at = $3 WHERE user_id = $1 AND kind = ANY($2) AND ended_at IS NULL',
      [userId, kinds, this.clock.now()],
    );
  }

  /** Inserts a code unless it exists or its user was deleted, and ends the user's oldest codes of its kind beyond the limit. */
  private async insert(manager: EntityManager, code: NewRow): Promise<void> {
    const { id, kind, userId, address, expiresAt, requestedAt } = code;
    const now = this.clock.now();
    // Serializes the user's codes: concurrent calls would not see each other's rows. Everything that uses or ends codes
    // locks the user first, too.
    const owners = await manager.query<object[]>('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
    if (owners.length === 0) return;
    await manager.query(
      `INSERT INTO email_codes (id, kind, user_id, address, code_digest, created_at, expires_at, requested_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING`,
      [id, kind, userId, address, this.keys.digestOf(this.keys.codeOf(id)), now, expiresAt, requestedAt],
    );
    if (kind === 'undo') return;
    await manager.query(
      `UPDATE email_codes SET ended_at = $3 WHERE id IN (
         SELECT id FROM email_codes WHERE user_id = $1 AND kind = $2 AND ended_at IS NULL AND expires_at > $3
          ORDER BY created_at DESC, id DESC OFFSET $4)`,
      [userId, kind, now, LIVE_MAX],
    );
  }

  private async findRepeat(manager: EntityManager, values: unknown[]): Promise<RedeemedCode | undefined> {
    const [code] = await manager.query<LiveCode[]>(
      `SELECT ${COLUMNS} FROM email_codes WHERE ${IS_PRESENTED} AND kind = 'verification' AND used_at IS NOT NULL`,
      values,
    );
    return code && { ...code, isRepeat: true };
  }

  /** The parameters of {@link IS_PRESENTED}; undefined if the code is malformed. */
  private valuesOf({ code, kinds, userId }: PresentedCode): unknown[] | undefined {
    const typed = parseCode(code);
    if (typed === undefined) return undefined;
    return [this.keys.digestsOf(typed), kinds, this.clock.now(), userId ?? null];
  }
}

export interface HandedOverCode {
  /** Formatted for display. */
  readonly code: string;
  readonly expiresAt: Date;
}

interface NewRow {
  readonly id: string;
  readonly kind: EmailCodeKind;
  readonly userId: string;
  readonly address: string | null;
  readonly expiresAt: Date;
  readonly requestedAt: Date | null;
}

const COLUMNS = 'id, kind, user_id AS "userId", address, created_at AS "createdAt", requested_at AS "requestedAt"';

const IS_PRESENTED = `code_digest = ANY($1::bytea[]) AND kind = ANY($2) AND expires_at > $3
  AND ($4::uuid IS NULL OR user_id = $4)`;
