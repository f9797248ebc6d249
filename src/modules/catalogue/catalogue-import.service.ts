import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { hasRole, type Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { violates } from '../../database/sql-state.js';
import { ContinuedAccess } from '../sessions/continued-access.js';
import type { ImportCounts, ImportedArtist, ImportOutcome } from './imported-artist.js';
import { RosterDraft } from './roster-draft.js';
import { RosterRows } from './roster-rows.js';

/** Imports at a time, of this instance and of one user: a user may start again before an aborted one has ended. */
const RUNNING_MAX = 8;
const RUNNING_PER_USER_MAX = 2;
const RETRY_SECONDS = 10;

/** Lines of a batch, which is one transaction: the embedded database serves no one else meanwhile. */
const BATCH_MAX = { server: 250, embedded: 100 };
/** Bytes of a batch, so that songs are bounded too: a batch is written well within a second. */
const BATCH_BYTES_MAX = 65_536;

/** How often a batch is tried again, where others took an identifier between its reading and its writing. */
const BATCH_ATTEMPTS = 3;
const UNIQUE_CONSTRAINTS = ['artist_identifiers_pkey', 'song_identifiers_pkey', 'songs_user_id_isrc_key'];

type Line = ImportedArtist | DomainError;

/** Imports artists with their songs into the roster of the principal. */
@Injectable()
export class CatalogueImportService {
  /** Running imports by user. */
  private readonly running = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly rows: RosterRows,
    private readonly access: ContinuedAccess,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins an import: at most two per user and eight in all, on this instance. The caller must close it.
   * @throws DomainError `rate_limited`, `overloaded`
   */
  begin(principal: Principal): CatalogueImport {
    const own = this.running.get(principal.userId) ?? 0;
    const all = [...this.running.values()].reduce((sum, count) => sum + count, 0);
    if (own >= RUNNING_PER_USER_MAX) {
      const message = 'You already have two imports running; wait until one of them is done';
      throw new DomainError('rate_limited', { message, retryAfterSeconds: RETRY_SECONDS });
    }
    if (all >= RUNNING_MAX) throw new DomainError('overloaded', { retryAfterSeconds: RETRY_SECONDS });
    this.running.set(principal.userId, own + 1);
    return new CatalogueImport(
      this.database.embedded ? BATCH_MAX.embedded : BATCH_MAX.server,
      (lines) => this.apply(principal, lines),
      () => this.end(principal),
    );
  }

  private end({ userId }: Principal): void {
    const left = (this.running.get(userId) ?? 1) - 1;
    if (left === 0) this.running.delete(userId);
    else this.running.set(userId, left);
  }

  private async apply(principal: Principal, lines: readonly Line[]): Promise<ImportOutcome[]> {
    await this.access.assertUnchanged(principal);
    const together = await this.applyRetried(principal, lines);
    if (together) return together;
    // What cannot be written together is written line by line, such as two songs that exchange their ISRCs.
    const outcomes: ImportOutcome[] = [];
    for (const line of lines) {
      const [outcome] = (await this.applyRetried(principal, [line])) ?? [];
      outcomes.push(outcome ?? refused(new DomainError('identifier_taken')));
    }
    return outcomes;
  }

  private async applyRetried(principal: Principal, lines: readonly Line[]): Promise<ImportOutcome[] | undefined> {
    for (let attempt = 1; attempt <= BATCH_ATTEMPTS; attempt++) {
      const outcomes = await this.applyTogether(principal, lines);
      if (outcomes) return outcomes;
    }
    return undefined;
  }

  /** In one transaction; undefined where a row of someone else has an identifier that was free when it was looked for. */
  private async applyTogether(principal: Principal, lines: readonly Line[]): Promise<ImportOutcome[] | undefined> {
    const valid = lines.filter((line): line is ImportedArtist => !(line instanceof DomainError));
    const { userId } = principal;
    try {
      return await this.database.transaction(async (manager) => {
        const draft = new RosterDraft(await this.rows.find(manager, userId, valid), newId, hasRole(principal, 'admin'));
        const outcomes = lines.map((line) => (line instanceof DomainError ? refused(line) : draft.apply(line)));
        await this.rows.write(manager, userId, draft.changes(), this.clock.now());
        return outcomes;
      });
    } catch (error) {
      if (UNIQUE_CONSTRAINTS.some((constraint) => violates(error, constraint))) return undefined;
      if (violates(error, 'artists_user_id_fkey')) throw new DomainError('invalid_token');
      throw error;
    }
  }
}

/** An import in progress. */
export class CatalogueImport {
  /** How many bytes of lines to apply at a time, at most. */
  readonly batchBytesMax = BATCH_BYTES_MAX;
  private readonly counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };

  /** `batchMax`: how many lines to apply at a time, at most. */
  constructor(
    readonly batchMax: number,
    private readonly applyAll: (lines: readonly Line[]) => Promise<readonly ImportOutcome[]>,
    /** Makes room for another import. */
    readonly close: () => void,
  ) {}

  /**
   * Applies lines, each completely or not at all, and returns an outcome for each, in order. A DomainError in place of a
   * line counts as refused.
   * @throws DomainError as {@link ContinuedAccess.assertUnchanged}, once the credentials of the import are refused
   */
  async apply(lines: readonly Line[]): Promise<readonly ImportOutcome[]> {
    const outcomes = await this.applyAll(lines);
    for (const { result } of outcomes) this.counts[result]++;
    return outcomes;
  }

  finish(): ImportCounts {
    return { ...this.counts };
  }
}

function refused(error: DomainError): ImportOutcome {
  return { result: 'refused', error };
}
