import type { EntityManager } from 'typeorm';
import { canonicalEmail } from '../common/email.js';
import { User } from '../modules/users/user.entity.js';
import { CommandError } from './run-command.js';

/**
 * The account with this e-mail address, locked until the transaction ends.
 * @throws {CommandError} when there is none
 */
export async function lockAccount(manager: EntityManager, address: string): Promise<User> {
  const email = canonicalEmail(address);
  if (email === undefined) throw new CommandError(`${JSON.stringify(address)} is not an e-mail address`);
  const user = await manager.findOne(User, { where: { email }, lock: { mode: 'pessimistic_write' } });
  if (!user) throw new CommandError(`There is no account with the e-mail address ${email}`);
  return user;
}
