import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, In, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError, invalidEmail } from '../../common/domain-error.js';
import { canonicalEmail } from '../../common/email.js';
import { newId } from '../../common/ids.js';
import type { Role } from '../../common/principal.js';
import { CONFIG, type Config } from '../../config/config.js';
import { RESERVED_ADDRESS, sqlState } from '../../database/sql-state.js';
import { User } from './user.entity.js';
import { isReservedUsername, usernameFromEmail, withRandomSuffix } from './username.js';
import { VerificationMails } from './verification-mails.js';

export interface NewUser {
  readonly email: string;
  /** Null: the user chooses a password later. */
  readonly passwordHash: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone?: string | null;
  readonly username?: string | null;
  /** A BCP 47 language tag. */
  readonly locale?: string | null;
  readonly role?: Role;
  readonly emailVerifiedAt?: Date | null;
  /** Absent: now. */
  readonly createdAt?: Date;
}

/** The user who has an address after {@link NewUsers.createAll}. */
export interface NewOrExisting {
  readonly id: string;
  readonly isNew: boolean;
}

/** Creates users. Guarantees one account per e-mail address and per username. */
@Injectable()
export class NewUsers {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly verificationMails: VerificationMails,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws DomainError `sign_up_closed` with `SIGN_UP=invited` */
  assertSignUpIsOpen(): void {
    if (this.config.signUp !== 'open') throw new DomainError('sign_up_closed');
  }

  /**
   * Creates a user who signed up, and writes the mail that asks to verify the address, in the caller's transaction. A
   * reserved username counts as taken.
   * @throws DomainError what {@link create} throws
   */
  async signUp(manager: EntityManager, input: NewUser): Promise<User> {
    const user = await this.create(manager, { ...input, username: await unreservedUsername(manager, input) });
    await this.verificationMails.writeAtSignUp(manager, user);
    return user;
  }

  /**
   * Creates a user in the caller's transaction. Of concurrent calls with one address, the database lets one through.
   * @throws DomainError `email_taken`, `username_taken`, `invalid_request`
   */
  async create(manager: EntityManager, input: NewUser): Promise<User> {
    const user = this.toUser(input);
    while ((await insertFree(manager, [user])).size === 0) {
      if (await manager.existsBy(User, { email: user.email })) throw new DomainError('email_taken');
      if (typeof input.username === 'string') throw new DomainError('username_taken');
      user.username = withRandomSuffix(user.email);
    }
    return user;
  }

  /**
   * Creates users like {@link create}, in a few statements for all of them. Returns in order the user of each address,
   * also one that existed before, or the `username_taken` that `create` throws.
   * @throws DomainError `email_taken` where an undo code reserves one of the addresses; the transaction is lost then
   */
  async createAll(manager: EntityManager, inputs: readonly NewUser[]): Promise<(NewOrExisting | DomainError)[]> {
    const users = inputs.map((input) => this.toUser(input));
    const inserted = await insertFree(manager, users);
    const others = users.filter(({ id }) => !inserted.has(id));
    const existing = await idsByEmail(
      manager,
      others.map(({ email }) => email),
    );
    const outcomes: (NewOrExisting | DomainError)[] = [];
    for (const [i, { id, email }] of users.entries()) {
      const existingId = existing.get(email);
      if (inserted.has(id)) outcomes.push({ id, isNew: true });
      else if (existingId !== undefined) outcomes.push({ id: existingId, isNew: false });
      // Of the rest the username is taken.
      else outcomes.push(await this.create(manager, inputs[i] as NewUser).then(asNew, asUsernameTaken));
    }
    return outcomes;
  }

  /** @throws DomainError `invalid_request` */
  private toUser(input: NewUser): User {
    const email = canonicalEmail(input.email);
    if (email === undefined) throw invalidEmail();
    const now = this.clock.now();
    return this.users.create({
      id: newId(),
      email,
      username: input.username?.toLowerCase() ?? usernameFromEmail(email),
      firstName: input.firstName,
      lastName: input.lastName,
      phone: input.phone ?? null,
      locale: input.locale ?? null,
      emailVerifiedAt: input.emailVerifiedAt ?? null,
      pendingEmail: null,
      pendingEmailAt: null,
      pendingEmailIsTrusted: false,
      verificationSentAt: null,
      passwordHash: input.passwordHash,
      totpEnabledAt: null,
      passkeyCount: 0,
      role: input.role ?? 'user',
      status: 'active',
      createdAt: input.createdAt ?? now,
      updatedAt: now,
    });
  }
}

/**
 * The chosen username; a generated one with a suffix where the plain one is reserved; null: any that is free.
 * @throws DomainError `email_taken`, `username_taken` for a reserved one
 */
async function unreservedUsername(manager: EntityManager, input: NewUser): Promise<string | null> {
  const email = canonicalEmail(input.email) ?? input.email;
  if (typeof input.username !== 'string') {
    return isReservedUsername(usernameFromEmail(email)) ? withRandomSuffix(email) : null;
  }
  if (!isReservedUsername(input.username)) return input.username;
  throw new DomainError((await manager.existsBy(User, { email })) ? 'email_taken' : 'username_taken');
}

/**
 * Inserts the users whose address and username are free, and returns their ids.
 * @throws DomainError `email_taken` for an address that an undo code reserves
 */
async function insertFree(manager: EntityManager, users: User[]): Promise<ReadonlySet<string>> {
  if (users.length === 0) return new Set();
  // TypeORM would copy the returned ids into the users by position, but rows that were not inserted are not returned.
  const insert = manager.createQueryBuilder().insert().into(User).values(users).orIgnore().updateEntity(false);
  try {
    const rows = (await insert.returning('id').execute()).raw as { readonly id: string }[];
    return new Set(rows.map(({ id }) => id));
  } catch (error) {
    throw sqlState(error) === RESERVED_ADDRESS ? new DomainError('email_taken') : error;
  }
}

async function idsByEmail(manager: EntityManager, emails: string[]): Promise<ReadonlyMap<string, string>> {
  if (emails.length === 0) return new Map();
  const users = await manager.find(User, { where: { email: In(emails) }, select: { id: true, email: true } });
  return new Map(users.map(({ id, email }) => [email, id]));
}

function asNew({ id }: User): NewOrExisting {
  return { id, isNew: true };
}

/** Any other error aborts the transaction, and with it the lines of the same batch: it must not be an outcome. */
function asUsernameTaken(error: unknown): DomainError {
  if (error instanceof DomainError && error.code === 'username_taken') return error;
  throw error;
}
