import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import { AppPassport } from '../../../common/app-passport.js';
import type { Caller } from '../../../common/caller.js';
import { DomainError } from '../../../common/domain-error.js';
import { CONFIG, type Config } from '../../../config/config.js';
import { type PasswordCheck, PasswordHasher } from '../../passwords/password-hasher.js';
import { RateLimits } from '../../rate-limits/rate-limits.js';
import { SecurityEvents } from '../../security-events/security-events.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';

/** What the strategy reads in place of an HTTP request. */
export interface LocalInput {
  /** `username` may be an e-mail address. */
  readonly body: { readonly username: string; readonly password: string };
  readonly caller: Caller;
  /** The user that it must be; absent: any. */
  readonly ownerId?: string;
}

/**
 * The password login. An unknown name, a wrong password and a suspended account take the same work, so that the time of
 * a refusal does not reveal whether an account exists.
 */
@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy, 'local') {
  constructor(
    passport: AppPassport,
    private readonly users: UsersService,
    private readonly limits: RateLimits,
    private readonly hasher: PasswordHasher,
    private readonly events: SecurityEvents,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super({ passReqToCallback: true });
    passport.use('local', this);
  }

  /** passport-local refuses an empty password by itself; here it is a wrong one, and counts as a guess. */
  override authenticate(input: unknown): void {
    const { body } = input as LocalInput;
    if (body.password !== '') return super.authenticate(input as Parameters<Strategy['authenticate']>[0]);
    this.validate(input as LocalInput, body.username, body.password).then(
      (user) => this.success(user),
      (error: Error) => this.error(error),
    );
  }

  /**
   * Finds the user, counts the guess, checks the password, and replaces a hash that is outdated.
   * @throws DomainError `invalid_credentials`, `rate_limited`, `overloaded`
   */
  async validate(input: LocalInput, name: string, password: string): Promise<User> {
    const { caller, ownerId } = input;
    const user = await this.users.findForLogin(name);
    const guess = await this.limits.begin(user ? { userId: user.id } : { unknownName: name }, caller);
    let check: PasswordCheck;
    try {
      check = await this.hasher.check(user?.passwordHash ?? undefined, password, caller);
    } catch (error) {
      await guess.settle('unmade');
      throw error;
    }
    const isOwner = ownerId === undefined || user?.id === ownerId;
    if (!user || !check.matches || user.status !== 'active' || !isOwner) {
      await guess.settle('wrong');
      this.events.record('login.failed', user ? { userId: user.id } : {});
      throw this.refusal(user);
    }
    await guess.settle('right');
    // Replaced meanwhile, by another login or by a new password: the present hash decides.
    if (check.isOutdated && !(await this.upgrade(user, password, caller))) return this.validate(input, name, password);
    return user;
  }

  /**
   * Replaces an outdated hash; false where another one has taken its place. Where the queue of hashes is full, that is
   * left to the next login: the password was right.
   */
  private async upgrade(user: User, password: string, caller: Caller): Promise<boolean> {
    let newHash: string;
    try {
      newHash = await this.hasher.hash(password, caller);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'overloaded') return true;
      throw error;
    }
    const isReplaced = await this.users.replacePasswordHash(user.id, user.passwordHash, newHash);
    if (isReplaced) user.passwordHash = newHash;
    return isReplaced;
  }

  private refusal(user: User | null): DomainError {
    const reveals = !user && this.config.revealUnknownUsername;
    return new DomainError('invalid_credentials', reveals ? { reason: 'unknown_username' } : {});
  }
}
