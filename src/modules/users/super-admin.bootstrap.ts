import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { NewUsers } from './new-users.js';
import { UsersService } from './users.service.js';
import { PasswordHasher } from '../passwords/password-hasher.js';

/**
 * Creates the first SUPER_ADMIN from `SUPER_ADMIN_EMAIL` and `SUPER_ADMIN_PASSWORD` in a database that has none: once,
 * however many instances start together. It never changes an existing account.
 */
@Injectable()
export class SuperAdminBootstrap implements OnApplicationBootstrap {
  private readonly logger = new Logger(SuperAdminBootstrap.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly newUsers: NewUsers,
    private readonly hasher: PasswordHasher,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { superAdmin } = this.config;
    if (superAdmin === undefined) return;
    if (await this.users.existsWithRole('SUPER_ADMIN')) return this.warnIfUnused(superAdmin.email);
    const passwordHash = await this.hasher.hash(superAdmin.password);
    await this.database.exclusively(async () => {
      if (await this.users.existsWithRole('SUPER_ADMIN')) return;
      await this.create(superAdmin.email, passwordHash);
    });
  }

  private async warnIfUnused(email: string): Promise<void> {
    const account = await this.users.findForLogin(email);
    if (account?.role === 'SUPER_ADMIN') return;
    this.logger.warn(
      'SUPER_ADMIN_EMAIL and SUPER_ADMIN_PASSWORD have no effect, since another account is SUPER_ADMIN: unset both',
    );
  }

  private async create(email: string, passwordHash: string): Promise<void> {
    try {
      await this.database.transaction((manager) =>
        this.newUsers.create(manager, {
          ...{ email, passwordHash, firstName: 'Super', lastName: 'Admin', role: 'SUPER_ADMIN' },
          // The operator vouches for it.
          emailVerifiedAt: this.clock.now(),
        }),
      );
      this.logger.log('Created the first SUPER_ADMIN');
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'email_taken') throw error;
      // Never advises to grant the role alone: the password of the account is known to the one who registered it.
      this.logger.error(
        'There is no SUPER_ADMIN: SUPER_ADMIN_EMAIL belongs to an account that was registered before, perhaps by a ' +
          'stranger. Set SUPER_ADMIN_EMAIL to another address; or give the account a new password first, which ends its ' +
          'sessions and deletes its API keys (npm run users:set-password -- <email>), and only then the role ' +
          '(npm run users:grant -- <email> SUPER_ADMIN)',
      );
    }
  }
}
