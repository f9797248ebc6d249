import { execFileSync } from 'node:child_process';

/** The account that a server runs as. */
export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL and PgBouncer refuse to run as root: then they run as an unprivileged account. */
export function unprivileged(): Owner {
  if (process.getuid?.() !== 0) return {};
  for (const account of ['postgres', 'nobody']) {
    try {
      const id = (flag: string): number => Number(execFileSync('id', [flag, account], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // Try the next one.
    }
  }
  throw new Error('PostgreSQL does not run as root, and neither the account "postgres" nor "nobody" exists');
}
