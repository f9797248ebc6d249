import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { CONFIG, type Config } from '../../config/env.js';
import { DATABASE, type OpenDatabase } from '../../database/open-database.js';
import { inTransaction } from '../../database/transaction.js';
import { UsersService } from '../users/users.service.js';
import { PasswordHasher } from './passwords/password-hasher.js';

/**
 * Makes the first SUPER_ADMIN from `SUPER_ADMIN_EMAIL` and `SUPER_ADMIN_PASSWORD`, in a database that has none: once,
 * however many instances start together. It never changes an account that is there.
 */
@Injectable()
export class SuperAdminBootstrap implements OnApplicationBootstrap {
  private readonly logger = new Logger(SuperAdminBootstrap.name);

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DATABASE) private readonly database: OpenDatabase,
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { superAdmin } = this.config;
    if (superAdmin === undefined || (await this.users.existsWithRole('SUPER_ADMIN'))) return;
    const passwordHash = await this.hasher.hash(superAdmin.password);
    await this.database.exclusively(async () => {
      if (await this.users.existsWithRole('SUPER_ADMIN')) return;
      await this.create(superAdmin.email, passwordHash);
    });
  }

  private async create(email: string, passwordHash: string): Promise<void> {
    try {
      await inTransaction(this.database.dataSource, (manager) =>
        this.users.create(manager, { email, passwordHash, firstName: 'Super', lastName: 'Admin', role: 'SUPER_ADMIN' }),
      );
      this.logger.log('Created the first SUPER_ADMIN');
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'email_taken') throw error;
      this.logger.warn(
        'SUPER_ADMIN_EMAIL belongs to an ordinary account, which is left as it is: there is no SUPER_ADMIN yet',
      );
    }
  }
}
