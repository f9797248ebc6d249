import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError, invalidField } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { ContinuedAccess } from '../sessions/continued-access.js';
import { type NewOrExisting, type NewUser, NewUsers } from '../users/new-users.js';
import { type ImportedUser, type ImportOutcome, UserImport } from './user-import.js';

/** A user whose hash has been read. */
interface PreparedUser extends ImportedUser {
  readonly storedHash: string | null;
  readonly verified?: boolean;
}

const RUNNING_MAX = 4;
const RETRY_SECONDS = 60;

/** Imports users of other systems, with their passwords. Sends no mail and opens no session. */
@Injectable()
export class UserImportService {
  /** Ids of the users who import at this moment. */
  private readonly importers = new Set<string>();

  constructor(
    private readonly database: Database,
    private readonly newUsers: NewUsers,
    private readonly access: ContinuedAccess,
    private readonly hasher: PasswordHasher,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * Begins an import: at most one per user and four in all, on this instance. The caller must finish and close it.
   * @throws DomainError `rate_limited`, `overloaded`
   */
  begin(principal: Principal): UserImport {
    if (this.importers.has(principal.userId)) {
      const message = 'You already have an import running; wait until it is done';
      throw new DomainError('rate_limited', { message, retryAfterSeconds: RETRY_SECONDS });
    }
    if (this.importers.size >= RUNNING_MAX) throw new DomainError('overloaded', { retryAfterSeconds: RETRY_SECONDS });
    this.importers.add(principal.userId);
    return new UserImport(
      (users, signal) => this.addAll(principal, users, signal),
      (counts) => this.events.record('users.imported', { actorId: principal.userId, ...counts }),
      () => this.importers.delete(principal.userId),
    );
  }

  private async addAll(
    principal: Principal,
    users: readonly (ImportedUser | DomainError)[],
    signal: AbortSignal,
  ): Promise<ImportOutcome[]> {
    await this.access.assertUnchanged(principal);
    const prepared: (PreparedUser | DomainError)[] = [];
    for (const user of users) {
      signal.throwIfAborted();
      prepared.push(await this.prepare(user));
    }
    // Again, since expensive hashes may have taken minutes.
    await this.access.assertUnchanged(principal);
    try {
      return await this.database.transaction((manager) => this.insertAll(manager, prepared));
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      // A reserved address rolls back the whole batch: each user gets a transaction of their own.
      const outcomes: ImportOutcome[] = [];
      for (const user of prepared) outcomes.push(await this.insertAlone(user));
      return outcomes;
    }
  }

  /** Reads the hash and tries the password, before anything is written. */
  private async prepare(user: ImportedUser | DomainError): Promise<PreparedUser | DomainError> {
    if (user instanceof DomainError) return user;
    const { passwordHash, probePassword } = user;
    const hasProbe = typeof probePassword === 'string';
    try {
      if (typeof passwordHash !== 'string') {
        if (hasProbe) throw probeWithoutHash();
        return { ...user, storedHash: null };
      }
      const storedHash = await this.hasher.adopt(passwordHash);
      if (!hasProbe) return { ...user, storedHash };
      return { ...user, storedHash, verified: await this.hasher.verifyInBackground(storedHash, probePassword) };
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }

  private async insertAll(
    manager: EntityManager,
    users: readonly (PreparedUser | DomainError)[],
  ): Promise<ImportOutcome[]> {
    const now = this.clock.now();
    const valid = users.filter((user) => !(user instanceof DomainError)) as PreparedUser[];
    const added = await this.newUsers.createAll(
      manager,
      valid.map((user) => toNewUser(user, now)),
    );
    return users.map((user) =>
      user instanceof DomainError ? toRefusal(user) : toOutcome(user, added.shift() as NewOrExisting | DomainError),
    );
  }

  private async insertAlone(user: PreparedUser | DomainError): Promise<ImportOutcome> {
    try {
      const [outcome] = await this.database.transaction((manager) => this.insertAll(manager, [user]));
      return outcome as ImportOutcome;
    } catch (error) {
      if (error instanceof DomainError) return toRefusal(error);
      throw error;
    }
  }
}

/** Field by field: an unexpected one must not become a role. */
function toNewUser(user: PreparedUser, now: Date): NewUser {
  const { email, firstName, lastName, username, phone, locale, createdAt, emailVerified, storedHash } = user;
  return {
    email,
    firstName,
    lastName,
    username: username ?? null,
    phone: phone ?? null,
    locale: locale ?? null,
    passwordHash: storedHash,
    emailVerifiedAt: emailVerified === true ? now : null,
    ...(createdAt && { createdAt }),
  };
}

function toOutcome({ verified }: PreparedUser, added: NewOrExisting | DomainError): ImportOutcome {
  if (added instanceof DomainError) return toRefusal(added);
  if (!added.isNew) return { result: 'exists', id: added.id };
  return { result: 'created', id: added.id, ...(verified !== undefined && { verified }) };
}

function toRefusal(error: DomainError): ImportOutcome {
  return error.code === 'email_taken' ? { result: 'exists' } : { result: 'refused', error };
}

function probeWithoutHash(): DomainError {
  const message = 'probePassword needs a passwordHash';
  return invalidField({ field: 'probePassword', code: 'incomplete', other: 'passwordHash', message });
}
