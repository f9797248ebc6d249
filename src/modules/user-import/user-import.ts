import type { DomainError } from '../../common/domain-error.js';

/** A user of another system. It has no role: an import grants none. */
export interface ImportedUser {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly username?: string | null;
  readonly phone?: string | null;
  readonly locale?: string | null;
  /** When they signed up there; absent: now. */
  readonly createdAt?: Date | null;
  /** Whether the address was verified there. */
  readonly emailVerified?: boolean;
  /** Anything that `parseForeignHash` reads. Absent: the user has no password until a reset. */
  readonly passwordHash?: string | null;
  /** A password to try against the hash, which shows whether the hashes were exported correctly. Never stored. */
  readonly probePassword?: string | null;
}

export type ImportOutcome =
  | { readonly result: 'created'; readonly id: string; readonly verified?: boolean }
  /** The address has a user, who was not changed; without an id where the address is only reserved. */
  | { readonly result: 'exists'; readonly id?: string }
  | { readonly result: 'refused'; readonly error: DomainError };

export interface ImportCounts {
  readonly created: number;
  readonly exists: number;
  readonly refused: number;
}

/** Lines of a batch, which is one transaction: the embedded database serves no one else meanwhile. */
const BATCH_MAX = 100;

/** An import in progress. */
export class UserImport {
  /** How many users to apply at a time, at most. */
  readonly batchMax = BATCH_MAX;
  private readonly counts = { created: 0, exists: 0, refused: 0 };

  constructor(
    private readonly addAll: (
      users: readonly (ImportedUser | DomainError)[],
      signal: AbortSignal,
    ) => Promise<readonly ImportOutcome[]>,
    private readonly record: (counts: ImportCounts) => void,
    /** Makes room for another import. */
    readonly close: () => void,
  ) {}

  /**
   * Adds users, each completely or not at all, and returns an outcome for each, in order. A DomainError in place of a
   * user counts as refused.
   * @throws DomainError as {@link ContinuedAccess.assertUnchanged}, once the credentials of the import are refused
   * @throws the reason of `signal`, and adds none of them, when it is aborted before their hashes have been read
   */
  async apply(users: readonly (ImportedUser | DomainError)[], signal: AbortSignal): Promise<readonly ImportOutcome[]> {
    const outcomes = await this.addAll(users, signal);
    for (const { result } of outcomes) this.counts[result]++;
    return outcomes;
  }

  /** Records the import, which has ended. */
  finish(): ImportCounts {
    this.record({ ...this.counts });
    return { ...this.counts };
  }
}
