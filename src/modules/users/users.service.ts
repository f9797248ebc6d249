import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { canonicalEmail } from '../../common/email.js';
import { newId } from '../../common/ids.js';
import { type Page, type PageRequest, planPage } from '../../common/page.js';
import type { Principal, Role, UserStatus } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { readPage } from '../../database/listing.js';
import { DATABASE, type OpenDatabase } from '../../database/open-database.js';
import { queryPrepared } from '../../database/prepared.js';
import { LAST_SUPER_ADMIN, sqlState, violates } from '../../database/sql-state.js';
import { inTransaction } from '../../database/transaction.js';
import { Revocations } from '../revocations/revocations.service.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { mayAskFor, mayRead, mayTouch, type StandingChange } from './user-policy.js';
import { User } from './user.entity.js';
import { USERNAME, usernameFromEmail, withRandomSuffix } from './username.js';

export interface NewUser {
  readonly email: string;
  readonly passwordHash: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone?: string | null;
  readonly username?: string | null;
  readonly role?: Role;
}

export interface ProfileChange {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly phone?: string | null;
  readonly username?: string;
}

export interface UserQuery extends PageRequest {
  readonly role?: Role;
  readonly status?: UserStatus;
  /** Part of the e-mail address, the username or the name. */
  readonly q?: string;
}

/**
 * The people. Guarantees one account an e-mail address, that only a SUPER_ADMIN touches admins or grants roles, and
 * that the last active SUPER_ADMIN stays.
 */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(DATABASE) private readonly database: OpenDatabase,
    private readonly clock: Clock,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Adds a person, in the caller's transaction. The database decides who was first where several ask at once.
   * @throws DomainError `email_taken`, `username_taken`, `invalid_request`
   */
  async create(manager: EntityManager, input: NewUser): Promise<User> {
    const email = canonicalEmail(input.email);
    if (email === undefined) throw new DomainError('invalid_request', 'email must be an e-mail address');
    const now = this.clock.now();
    const user = this.users.create({
      id: newId(),
      email,
      username: input.username?.toLowerCase() ?? usernameFromEmail(email),
      firstName: input.firstName,
      lastName: input.lastName,
      phone: input.phone ?? null,
      passwordHash: input.passwordHash,
      role: input.role ?? 'user',
      status: 'active',
      createdAt: now,
      updatedAt: now,
    });
    while (!(await insertIfFree(manager, user))) {
      if (await manager.existsBy(User, { email }))
        throw new DomainError('email_taken', 'This e-mail address is already registered');
      if (typeof input.username === 'string') throw usernameTaken();
      user.username = withRandomSuffix(email);
    }
    return user;
  }

  /** Whether anybody has this role, active or not. */
  async existsWithRole(role: Role): Promise<boolean> {
    return this.users.existsBy({ role });
  }

  /**
   * The person who logs in by this name, with the password hash; null when there is none. An address always holds an
   * `@` and a username never does, so no name can mean two people.
   */
  async findForLogin(name: string): Promise<User | null> {
    const email = canonicalEmail(name);
    const username = name.toLowerCase();
    if (email === undefined && !USERNAME.test(username)) return null;
    // Plain SQL: this runs on every login.
    const [user] =
      email === undefined
        ? await queryPrepared<User>(this.database, `${SELECT_FOR_LOGIN} WHERE username = $1`, [username])
        : await queryPrepared<User>(this.database, `${SELECT_FOR_LOGIN} WHERE email = $1`, [email]);
    return user ?? null;
  }

  /** @throws DomainError `user_not_found` */
  async getWithPasswordHash(userId: string): Promise<User> {
    const user = await this.users
      .createQueryBuilder('user')
      .addSelect('user.passwordHash')
      .where({ id: userId })
      .getOne();
    if (!user) throw userNotFound();
    return user;
  }

  /** Replaces a password hash, unless it was replaced meanwhile. Whether it did. */
  async replacePasswordHash(manager: EntityManager, userId: string, from: string, to: string): Promise<boolean> {
    const { affected } = await manager.update(User, { id: userId, passwordHash: from }, { passwordHash: to });
    return affected === 1;
  }

  /** Somebody whose account the principal may change. @throws DomainError `forbidden`, `user_not_found` */
  async getTouchable(principal: Principal, userId: string): Promise<User> {
    const user = await this.find(userId);
    if (!mayTouch(principal, user)) throw forbidden();
    return user;
  }

  /** @throws DomainError `forbidden` for anybody else's id without the admin role, whether it exists or not; `user_not_found` */
  async get(principal: Principal, userId: string): Promise<User> {
    if (!mayRead(principal, userId)) throw forbidden();
    return this.find(userId);
  }

  /** Newest first. The route has asked for the admin role. */
  async list(query: UserQuery): Promise<Page<User>> {
    const values: unknown[] = [];
    const given = (value: unknown): string => `$${values.push(value)}`;
    const conditions: string[] = [];
    if (query.role) conditions.push(`role = ${given(query.role)}`);
    if (query.status) conditions.push(`status = ${given(query.status)}`);
    const search = query.q ? { texts: SEARCHED, part: given(query.q) } : undefined;
    return readPage<User>(this.database, planPage(query), {
      table: 'users',
      columns: COLUMNS,
      conditions,
      search,
      values,
    });
  }

  /** @throws DomainError `username_taken`; `user_not_found` when the account was deleted meanwhile */
  async updateProfile(principal: Principal, change: ProfileChange): Promise<User> {
    const { firstName, lastName, phone, username } = change;
    // Field by field: whatever else came along must not become a role. TypeORM leaves out what is undefined.
    const fields = { firstName, lastName, phone, username: username?.toLowerCase() };
    try {
      if (Object.values(fields).some((value) => value !== undefined)) {
        await this.users.update({ id: principal.userId }, { ...fields, updatedAt: this.clock.now() });
      }
    } catch (error) {
      throw violates(error, 'users_username_key') ? usernameTaken() : error;
    }
    return this.find(principal.userId);
  }

  /**
   * Changes somebody's role or status. A new role, or a status other than active, ends all their sessions in the same
   * transaction (a trigger sees to it, whatever the path).
   * @throws DomainError `forbidden` (before anything is looked up where the role does not suffice), `user_not_found`,
   *   `last_super_admin`
   */
  async changeStanding(principal: Principal, userId: string, change: StandingChange): Promise<User> {
    if (!mayAskFor(principal, change)) throw forbidden();
    const before = await this.touch(principal, userId, async (manager, target) => {
      const changed =
        (change.role ?? target.role) !== target.role || (change.status ?? target.status) !== target.status;
      if (changed) await manager.update(User, { id: target.id }, { ...change, updatedAt: this.clock.now() });
    });
    await this.revocations.catchUp();
    const after = await this.find(userId);
    const who = { actorId: principal.userId, userId: before.id };
    if (change.role && change.role !== before.role) {
      this.events.record('user.role_changed', { ...who, from: before.role, to: change.role });
    }
    if (change.status && change.status !== before.status) {
      this.events.record('user.status_changed', { ...who, from: before.status, to: change.status });
    }
    return after;
  }

  /**
   * Deletes an account with all that is its own: sessions, keys, artists, songs.
   * @throws DomainError `forbidden`, `user_not_found`, `last_super_admin`
   */
  async delete(principal: Principal, userId: string): Promise<void> {
    if (!mayAskFor(principal, {})) throw forbidden();
    const { id } = await this.touch(principal, userId, async (manager, target) => {
      await manager.delete(User, { id: target.id });
    });
    await this.revocations.catchUp();
    this.events.record('user.deleted', { actorId: principal.userId, userId: id });
  }

  /** Locks the row, asks whether the principal may touch this person, and does `work`. Returns the row as it was. */
  private async touch(
    principal: Principal,
    userId: string,
    work: (manager: EntityManager, target: User) => Promise<void>,
  ): Promise<User> {
    if (!isUuid(userId)) throw userNotFound();
    try {
      return await inTransaction(this.dataSource, async (manager) => {
        const target = await manager.findOne(User, { where: { id: userId }, lock: { mode: 'pessimistic_write' } });
        if (!target) throw userNotFound();
        if (!mayTouch(principal, target)) throw forbidden();
        await work(manager, target);
        return target;
      });
    } catch (error) {
      if (sqlState(error) !== LAST_SUPER_ADMIN) throw error;
      throw new DomainError('last_super_admin', 'The last active SUPER_ADMIN cannot be removed, demoted or suspended');
    }
  }

  private async find(userId: string): Promise<User> {
    // Plain SQL: this runs on every call about oneself.
    const [user] = isUuid(userId)
      ? await queryPrepared<User>(this.database, `SELECT ${COLUMNS} FROM users WHERE id = $1`, [userId])
      : [];
    if (!user) throw userNotFound();
    return user;
  }
}

/** A row in the entity's shape, without the password hash. */
const COLUMNS = `id, email, username, first_name AS "firstName", last_name AS "lastName", phone, role, status,
  created_at AS "createdAt", updated_at AS "updatedAt"`;
/** Where a search looks, as the index of them has it. */
const SEARCHED = ['email', 'username', `first_name || ' ' || last_name`];
const SELECT_FOR_LOGIN = `SELECT ${COLUMNS}, password_hash AS "passwordHash" FROM users`;

async function insertIfFree(manager: EntityManager, user: User): Promise<boolean> {
  const result = await manager
    .createQueryBuilder()
    .insert()
    .into(User)
    .values(user)
    .orIgnore()
    .returning('id')
    .execute();
  return (result.raw as unknown[]).length > 0;
}

function forbidden(): DomainError {
  return new DomainError('forbidden', 'Your role does not allow this');
}

function userNotFound(): DomainError {
  return new DomainError('user_not_found', 'User not found');
}

function usernameTaken(): DomainError {
  return new DomainError('username_taken', 'This username is already taken');
}
