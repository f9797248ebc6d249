import { parseArgs } from 'node:util';
import { ROLES, type Role } from '../common/principal.js';
import { LAST_SUPER_ADMIN, sqlState } from '../database/sql-state.js';
import { User } from '../modules/users/user.entity.js';
import { audit } from './audit.js';
import { lockAccount } from './lock-account.js';
import { CommandError, print, runCommand } from './run-command.js';

/*
 * npm run users:grant -- <email> <role>    node dist/commands/grant-role.js <email> <role>
 *   Gives an account the role user, admin or SUPER_ADMIN, which ends its sessions. Anyone who knows the password of the
 *   account gets the role: if a stranger may have registered it, run users:set-password first.
 */

const VIA = 'users:grant';

await runCommand({
  usage: `npm run users:grant -- <email> <${ROLES.join('|')}>`,
  parse: (args) => {
    const [email, role, ...rest] = parseArgs({ args, allowPositionals: true }).positionals;
    return email === undefined || !isRole(role) || rest.length > 0 ? undefined : { email, role };
  },
  run: async ({ email, role }, { database, clock }) => {
    const before = await database
      .transaction(async (manager) => {
        const user = await lockAccount(manager, email);
        if (user.role === role) return user;
        // A trigger ends the sessions.
        await manager.update(User, { id: user.id }, { role, updatedAt: clock.now() });
        await audit(manager, 'user.role_changed', VIA, { userId: user.id, from: user.role, to: role });
        return user;
      })
      .catch((error: unknown) => {
        if (sqlState(error) !== LAST_SUPER_ADMIN) throw error;
        throw new CommandError('This is the last active SUPER_ADMIN: grant the role to another account first');
      });
    if (before.role === role) print(`${before.email} has the role ${role} already.`);
    else print(`Changed the role of ${before.email} from ${before.role} to ${role} and revoked all sessions.`);
    if (before.status !== 'active') print(`The account is ${before.status}: it cannot log in until it is active.`);
  },
});

function isRole(text: string | undefined): text is Role {
  return ROLES.some((role) => role === text);
}
