import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { InjectDataSource } from '@nestjs/typeorm';
import { Strategy } from 'passport-local';
import { DataSource } from 'typeorm';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordHasher } from '../passwords/password-hasher.js';

/** What this strategy is asked about: an e-mail address or a username, and a password. */
export interface LocalRequest {
  readonly body: { readonly username: string; readonly password: string };
  /** Who logs in by this name, as `UsersService.findForLogin` found them. */
  readonly account: User | null;
}

/**
 * Verifies a password. An unknown name, a wrong password and a suspended account get the same answer after the same
 * work, so that nobody learns who has an account.
 */
@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy, 'local') {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
  ) {
    super({ usernameField: 'username', passwordField: 'password', passReqToCallback: true });
  }

  /** @throws DomainError `overloaded` */
  async validate({ account: user }: LocalRequest, _name: string, password: string): Promise<User | false> {
    const matches = await this.hasher.verify(user?.passwordHash, password);
    if (!user || !matches || user.status !== 'active') return false;
    if (this.hasher.needsUpgrade(user.passwordHash)) {
      const better = await this.hasher.hash(password);
      await this.users.replacePasswordHash(this.dataSource.manager, user.id, user.passwordHash, better);
    }
    return user;
  }
}
