import { ConfigError } from './config/env.js';
import { DataFolderError } from './database/data-folder.js';
import { FolderInUseError } from './database/folder-lock.js';
import { databaseFault, sqlState } from './database/sql-state.js';
import { WrongAppSecretError } from './modules/auth/tokens/secret-seal.js';

/** The server cannot listen where HOST and PORT say. */
export class ListenError extends Error {
  constructor({ host, port }: { readonly host: string; readonly port: number }, cause: unknown) {
    super(listenFault(host, port, sqlState(cause)), { cause });
    this.name = 'ListenError';
  }
}

const NOT_HERE = /^(?:EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL|ENOTFOUND|EAI_.*)$/;

function listenFault(host: string, port: number, code: string | undefined): string {
  if (code === 'EADDRINUSE') return 'Another program listens on this HOST and PORT already: set PORT to a free one';
  if (code === 'EACCES') return `This user may not listen on PORT ${port}: set it to one from 1024 on`;
  if (code === undefined || !NOT_HERE.test(code)) {
    return `It is not possible to listen on HOST ${JSON.stringify(host)} and PORT ${port} (${code ?? 'unknown'})`;
  }
  return (
    `HOST ${JSON.stringify(host)} is no address of this machine (${code}): ` +
    'set it to 127.0.0.1, to 0.0.0.0 for all of its addresses, or leave it unset'
  );
}

const KNOWN = [ConfigError, FolderInUseError, DataFolderError, WrongAppSecretError, ListenError];

/** What is wrong, in a sentence, where whoever starts the server can mend it; undefined for a fault of ours. */
export function operatorsFault(error: unknown): string | undefined {
  for (const kind of KNOWN) {
    if (error instanceof kind) return error.message;
  }
  const code = sqlState(error);
  if (code === '28P01' || code === '28000') return 'The database refuses the user or the password in DATABASE_URL';
  if (code === '3D000') return 'The database named in DATABASE_URL does not exist on its server: create it first';
  if (databaseFault(error) !== 'unavailable') return undefined;
  return `The database cannot be reached${code === undefined ? '' : ` (${code})`}: check DATABASE_URL, and that its server runs`;
}

/** What a program that gives up writes last: that sentence, or the stack of a fault of ours. */
export function lastWords(error: unknown): string {
  return operatorsFault(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
}
