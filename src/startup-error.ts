import type { Logger } from 'pino';
import { ConfigError } from './config/config.js';
import { DataFolderError } from './database/embedded/data-folder.js';
import { FolderInUseError } from './database/embedded/folder-lock.js';
import { EarlierVersionError } from './database/migrate.js';
import { UnsupportedDatabaseError } from './database/server-check.js';
import { databaseErrorKind, sqlState } from './database/sql-state.js';
import { WrongAppSecretError } from './common/secret-seal.js';
import { MetricsListenError } from './operations/metrics/metrics-server.js';

/** The server cannot listen on HOST and PORT. */
export class ListenError extends Error {
  constructor({ host, port }: { readonly host: string; readonly port: number }, cause: unknown) {
    super(listenProblem(host, port, sqlState(cause)), { cause });
    this.name = 'ListenError';
  }
}

const NOT_AN_ADDRESS = /^(?:EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL|ENOTFOUND|EAI_.*)$/;

function listenProblem(host: string, port: number, code: string | undefined): string {
  if (code === 'EADDRINUSE') return `Port ${port} is in use by another program: set PORT to a free one`;
  if (code === 'EACCES') return `This user may not listen on PORT ${port}: set it to 1024 or higher`;
  if (code === undefined || !NOT_AN_ADDRESS.test(code)) {
    return `Cannot listen on HOST ${JSON.stringify(host)} and PORT ${port} (${code ?? 'unknown error'})`;
  }
  return (
    `HOST ${JSON.stringify(host)} is not an address of this machine (${code}): ` +
    'set it to 127.0.0.1, to 0.0.0.0 for all addresses, or leave it unset'
  );
}

const KNOWN_ERRORS = [
  ConfigError,
  FolderInUseError,
  DataFolderError,
  EarlierVersionError,
  WrongAppSecretError,
  UnsupportedDatabaseError,
  ListenError,
  MetricsListenError,
];

/**
 * What an operator can do about an error at start, in a sentence: what is wrong, where, and what to do, followed by
 * the database server's own message. Undefined for an error that is a defect of Stagedoor. Never contains a secret.
 */
export function startupProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (KNOWN_ERRORS.some((known) => error instanceof known)) return error.message;
  const problem = databaseProblem(error);
  return problem && `${problem} (${[sqlState(error), error.message].filter(Boolean).join(': ')})`;
}

/** Logs why the process ends, in one `fatal` line; a defect with its stack. */
export function logStartupError(logger: Logger, error: unknown): void {
  const problem = startupProblem(error);
  if (error instanceof ConfigError) {
    const { problems, warnings } = error;
    logger.fatal({ problems, ...(warnings.length > 0 && { warnings }) }, 'The configuration is invalid');
  } else logger.fatal(problem === undefined ? { err: error } : {}, problem ?? 'Stagedoor failed to start');
}

const PRIVILEGES =
  'grant it to that role, or run the migrations with the DATABASE_URL of the role that owns the schema: ' +
  'node dist/commands/migrate.js';

/** By SQLSTATE, or by the code that Node gives the error. The first match counts. */
const BY_CODE: readonly (readonly [RegExp, string])[] = [
  [/^28P01$/, 'The database rejects the password in DATABASE_URL: correct it, and percent-encode special characters'],
  [/^28000$/, 'The database rejects the user in DATABASE_URL: correct it, or create that role'],
  [/^3D000$/, 'The database named in DATABASE_URL does not exist: create it first'],
  [/^53300$/, 'The database has no free connection: lower DATABASE_POOL_MAX, or raise its max_connections'],
  [
    /^25006$/,
    'The database is read-only: point DATABASE_URL at the primary, or reset default_transaction_read_only, and start Stagedoor again',
  ],
  [/^53100$/, 'The disk of the database server is full: make room there'],
  [/^55000$/, 'The database does not accept connections: allow them, or name another one in DATABASE_URL'],
  [/^XX/, 'The database server reports an internal error: see its log'],
  [/^57P03$/, 'The database does not accept connections yet: start Stagedoor again once it does'],
  [/^42501$/, `The role in DATABASE_URL lacks a privilege that Stagedoor needs: ${PRIVILEGES}`],
  [/^08P01$/, 'The database, or a connection pooler in front of it, rejects the connection: check DATABASE_URL'],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/,
    'The certificate of the database server is not signed by a known CA: add sslrootcert=/path/to/ca.pem to DATABASE_URL',
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'The certificate of the database server is for another host: use the name in the certificate in DATABASE_URL',
  ],
  [/^CERT_/, 'The certificate of the database server is not valid: renew it'],
  [
    /^(?:ENOTFOUND|EAI_.*)$/,
    'The host in DATABASE_URL cannot be resolved: check its spelling, and percent-encode special characters of the password',
  ],
];

/** By the message, where the code says too little or there is none. */
const BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [
    /no pg_hba\.conf entry.*(?:no encryption|SSL off)|(?:SSL|TLS)\S* .*required/i,
    'The database does not accept this connection without TLS: add sslmode=verify-full to DATABASE_URL ' +
      '(or allow the connection in pg_hba.conf)',
  ],
  [/no pg_hba\.conf entry/i, 'The database has no rule for this host, user and database: add one to its pg_hba.conf'],
  [
    /does not support SSL connections/i,
    'The database server does not support TLS: enable it there, or remove sslmode from DATABASE_URL',
  ],
  [/client password must be a/i, 'The database requires a password: add it to DATABASE_URL'],
  [
    /unsupported startup parameter/i,
    'DATABASE_URL leads to a connection pooler: set DATABASE_DIRECT_URL to the URL of the PostgreSQL server itself',
  ],
  [
    /permission denied for schema/i,
    `The role in DATABASE_URL lacks USAGE or CREATE on the schema, which PostgreSQL 15 no longer grants to all: ${PRIVILEGES}`,
  ],
  [/must be owner of/i, `A migration is pending, and the role in DATABASE_URL does not own the schema: ${PRIVILEGES}`],
  [/permission denied for/i, `The role in DATABASE_URL lacks a privilege that Stagedoor needs: ${PRIVILEGES}`],
];

function databaseProblem(error: Error): string | undefined {
  const byMessage = BY_MESSAGE.find(([pattern]) => pattern.test(error.message));
  if (byMessage) return byMessage[1];
  const code = sqlState(error);
  const byCode = code === undefined ? undefined : BY_CODE.find(([pattern]) => pattern.test(code));
  if (byCode) return byCode[1];
  // `timeout expired` is the driver's; the others are those of a socket in the file system.
  const isUnreachable = /^(?:timeout expired$|connect (?:ENOENT|EACCES) )/.test(error.message);
  if (!isUnreachable && databaseErrorKind(error) !== 'unavailable') return undefined;
  return 'The database cannot be reached: check DATABASE_URL, and start Stagedoor again once the server runs';
}
