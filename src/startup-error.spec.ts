import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config/config.js';
import { readConfig } from './config/read-config.js';
import { createLogger } from './config/logger.js';
import { DataFolderError } from './database/embedded/data-folder.js';
import { FolderInUseError } from './database/embedded/folder-lock.js';
import { ListenError, logStartupError, startupProblem } from './startup-error.js';

const withCode = (code: string, message = `failed: ${code}`): Error => Object.assign(new Error(message), { code });
const at = (host: string, port: number): { host: string; port: number } => ({ host, port });

/** The system's error for a server that tries to listen on this host. */
async function listenErrorOf(host: string): Promise<unknown> {
  const [error] = (await once(createServer().listen(0, host), 'error').catch((cause: unknown) => [cause])) as [unknown];
  return error;
}

/** The line that the process logs last. */
function fatalLineOf(error: unknown): Record<string, unknown> {
  const lines: string[] = [];
  logStartupError(createLogger('fatal', { write: (line) => void lines.push(line) }), error);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('startupProblem', () => {
  it.each([
    ['a folder in use', new FolderInUseError('/data'), 'Another Stagedoor is running on /data'],
    ['a folder that is a file', new DataFolderError('/data', withCode('EEXIST')), 'DATA_DIR must be a folder'],
    ['a folder of another user', new DataFolderError('/data', withCode('EACCES')), 'DATA_DIR must be a folder'],
    ['a port in use', new ListenError(at('::', 80), withCode('EADDRINUSE')), 'set PORT to a free one'],
    ['a privileged port', new ListenError(at('::', 80), withCode('EACCES')), 'This user may not listen on PORT 80'],
    ['a wrong password', withCode('28P01'), 'The database rejects the password in DATABASE_URL'],
    ['an unknown role', withCode('28000', 'role "x" does not exist'), 'The database rejects the user in DATABASE_URL'],
    ['a standby', withCode('25006'), 'The database is read-only: point DATABASE_URL at the primary'],
    ['a full disk', withCode('53100'), 'The disk of the database server is full'],
    ['a damaged database', withCode('XX001'), 'reports an internal error: see its log'],
    ['a missing database', withCode('3D000'), 'The database named in DATABASE_URL does not exist: create it first'],
    [
      'a server that requires TLS',
      withCode('28000', 'no pg_hba.conf entry for host "192.0.2.1", user "app", database "app", no encryption'),
      'The database does not accept this connection without TLS: add sslmode=verify-full',
    ],
    ['a pooler that requires TLS', withCode('08P01', 'SSL required'), 'add sslmode=verify-full'],
    [
      'a host without a rule',
      withCode('28000', 'no pg_hba.conf entry for host "192.0.2.1", user "app", database "app", SSL encryption'),
      'add one to its pg_hba.conf',
    ],
    ['a server without TLS', new Error('The server does not support SSL connections'), 'does not support TLS'],
    ['a private CA', withCode('SELF_SIGNED_CERT_IN_CHAIN'), 'add sslrootcert=/path/to/ca.pem to DATABASE_URL'],
    ['an unknown issuer', withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'add sslrootcert=/path/to/ca.pem'],
    ['a certificate of another host', withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'is for another host'],
    ['an expired certificate', withCode('CERT_HAS_EXPIRED'), 'is not valid: renew it'],
    [
      'a password that is missing',
      new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      'requires a password',
    ],
    ['a role without CREATE', withCode('42501', 'permission denied for schema public'), 'lacks USAGE or CREATE'],
    ['a role that is not the owner', withCode('42501', 'must be owner of table users'), 'A migration is pending'],
    ['a role without SELECT', withCode('42501', 'permission denied for table users'), 'lacks a privilege'],
    [
      'PgBouncer',
      withCode('08P01', 'unsupported startup parameter: statement_timeout'),
      'set DATABASE_DIRECT_URL to the URL of the PostgreSQL server itself',
    ],
    ['a host that does not exist', withCode('ENOTFOUND'), 'The host in DATABASE_URL cannot be resolved'],
    ['a server that is not up', withCode('ECONNREFUSED'), 'The database cannot be reached: check DATABASE_URL'],
    ['a server that is starting', withCode('57P03'), 'does not accept connections yet'],
    ['a server without free connections', withCode('53300'), 'lower DATABASE_POOL_MAX'],
    ['a connection that is closed', new Error('Connection terminated unexpectedly'), 'cannot be reached'],
    ['a connection that times out', new Error('timeout expired'), 'cannot be reached'],
  ])('explains %s in one sentence', (_, error, sentence) => {
    const problem = startupProblem(error);
    expect(problem).toContain(sentence);
    expect(problem).not.toMatch(/^\s+at /m);
    expect(fatalLineOf(error)).toMatchObject({ level: 'fatal', msg: problem });
  });

  it('includes the message of the database server', () => {
    const message = 'password authentication failed for user "app"';
    expect(startupProblem(withCode('28P01', message))).toMatch(
      / \(28P01: password authentication failed for user "app"\)$/,
    );
  });

  it.each(['nosuchhost.invalid', '256.1.1.1', '203.0.113.9'])('names HOST where it is %s', async (host) => {
    const problem = startupProblem(new ListenError(at(host, 3000), await listenErrorOf(host)));
    expect(problem).toMatch(
      new RegExp(`^HOST "${host}" is not an address of this machine \\(E\\w+\\): set it to 127.0.0.1,`),
    );
  });

  it('does not explain a defect', () => {
    expect(startupProblem(new TypeError('a defect'))).toBeUndefined();
    expect(startupProblem('thrown')).toBeUndefined();
  });
});

describe('logStartupError', () => {
  it('lists the problems of the configuration', () => {
    const problems = ['PORT must be an integer', 'HOST must be set'];
    expect(fatalLineOf(new ConfigError(problems))).toMatchObject({ level: 'fatal', problems });
    expect(startupProblem(new ConfigError(problems))).toContain('\n  - HOST must be set\n');
  });

  it('names variables that look like the misspelled settings that are missing', () => {
    const env = { NODE_ENV: 'production', DATABSE_URL: 'postgres://db/app' };
    const warnings = [expect.stringMatching(/^DATABSE_URL .* did you mean DATABASE_URL\?$/)];
    let error: unknown;
    try {
      readConfig(env);
    } catch (thrown) {
      error = thrown;
    }
    const problems = [expect.stringContaining('DATABASE_URL is required')];
    expect(fatalLineOf(error)).toMatchObject({ problems, warnings });
    expect(startupProblem(error)).toContain('did you mean DATABASE_URL?');
  });

  it('keeps the stack of a defect', () => {
    expect(fatalLineOf(new TypeError('a defect'))).toMatchObject({
      level: 'fatal',
      msg: 'Stagedoor failed to start',
      err: { name: 'TypeError', message: 'a defect', stack: expect.stringMatching(/\n\s+at /) },
    });
  });
});
