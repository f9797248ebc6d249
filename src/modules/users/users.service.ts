import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { canonicalEmail } from '../../common/email.js';
import { type Page, type PageRequest, planPage } from '../../common/page.js';
import type { Principal, Role, UserStatus } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { readPage } from '../../database/listing.js';
import { selectList } from '../../database/select-list.js';
import { Database } from '../../database/database.js';
import { violates } from '../../database/sql-state.js';
import { lockOwnAccount } from './own-account.js';
import { mayList, mayRead } from './user-policy.js';
import { hasFactor } from './session-limit.js';
import { User } from './user.entity.js';
import { isReservedUsername, USERNAME } from './username.js';

export interface ProfileChange {
  readonly firstName?: string;
  readonly lastName?: string;
  readonly phone?: string | null;
  readonly username?: string;
  readonly locale?: string | null;
}

export interface UserQuery extends PageRequest {
  readonly role?: Role;
  readonly status?: UserStatus;
  /** Part of the e-mail address, the username or the name. */
  readonly q?: string;
}

/**
 * User accounts: reading them, and changes of profiles by their owners. E-mail addresses and usernames are unique.
 */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Whether any user has this role, active or not. */
  async existsWithRole(role: Role): Promise<boolean> {
    return this.users.existsBy({ role });
  }

  /**
   * The account with this e-mail address or username, with the password hash; null if there is none. An address always
   * contains an `@` and a username never does, so a name is never ambiguous.
   */
  async findForLogin(name: string): Promise<User | null> {
    const email = canonicalEmail(name);
    const username = name.toLowerCase();
    if (email === undefined && !USERNAME.test(username)) return null;
    const select = `SELECT ${selectList(this.users.metadata, { hidden: true })} FROM users`;
    const [user] =
      email === undefined
        ? await this.database.prepared<User>('find user by username', `${select} WHERE username = $1`, [username])
        : await this.database.prepared<User>('find user by email', `${select} WHERE email = $1`, [email]);
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

  /** Whether the user has an authenticator app or a passkey. @throws DomainError `user_not_found` */
  async hasFactor(userId: string): Promise<boolean> {
    return hasFactor(await this.find(userId));
  }

  /** Replaces a password hash unless it has changed since it was read. Returns whether it was replaced. */
  async replacePasswordHash(
    userId: string,
    from: string | null,
    to: string,
    manager: EntityManager = this.users.manager,
  ): Promise<boolean> {
    const { affected } = await manager.update(User, { id: userId, passwordHash: from }, { passwordHash: to });
    return affected === 1;
  }

  /** @throws DomainError `forbidden` for the id of another, existing or not, without the admin role; `user_not_found` */
  async get(principal: Principal, userId: string): Promise<User> {
    if (!mayRead(principal, userId)) throw forbidden();
    return this.find(userId);
  }

  /** Newest first, for admins. @throws DomainError `forbidden` */
  async list(principal: Principal, query: UserQuery): Promise<Page<User>> {
    if (!mayList(principal)) throw forbidden();
    const { role, status, q } = query;
    const search = q ? { texts: SEARCHED, part: q, inLowerCase: true } : undefined;
    return readPage(this.database, planPage(query), { rows: this.users, where: { role, status }, search });
  }

  /**
   * @throws DomainError `username_taken`, also for a reserved one that is new; `invalid_token` when the session was
   *   revoked or the account deleted meanwhile
   */
  async updateProfile(principal: Principal, change: ProfileChange): Promise<User> {
    const { firstName, lastName, phone, username, locale } = change;
    // Field by field: whatever else came along must not become a role. TypeORM leaves out what is undefined.
    const fields = { firstName, lastName, phone, locale, username: username?.toLowerCase() };
    const changes = Object.values(fields).some((value) => value !== undefined);
    try {
      if (changes) await this.database.transaction((manager) => this.writeProfile(manager, principal, fields));
    } catch (error) {
      throw violates(error, 'users_username_key') ? usernameTaken() : error;
    }
    return this.find(principal.userId);
  }

  private async writeProfile(manager: EntityManager, principal: Principal, fields: ProfileChange): Promise<void> {
    const { id, username } = await lockOwnAccount(manager, principal);
    if (fields.username !== undefined && fields.username !== username && isReservedUsername(fields.username)) {
      throw usernameTaken();
    }
    await manager.update(User, { id }, { ...fields, updatedAt: this.clock.now() });
  }

  private async find(userId: string): Promise<User> {
    if (!isUuid(userId)) throw userNotFound();
    const sql = `SELECT ${selectList(this.users.metadata)} FROM users WHERE id = $1`;
    const [user] = await this.database.prepared<User>('find user by id', sql, [userId]);
    if (!user) throw userNotFound();
    return user;
  }
}

/** What a search looks at: the expressions of the index `users_search_idx`. */
const SEARCHED = ['lower(email)', 'lower(username)', `lower(first_name || ' ' || last_name)`];

function forbidden(): DomainError {
  return new DomainError('forbidden');
}

function userNotFound(): DomainError {
  return new DomainError('user_not_found');
}

function usernameTaken(): DomainError {
  return new DomainError('username_taken');
}
