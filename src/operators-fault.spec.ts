import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ConfigError } from './config/env.js';
import { DataFolderError } from './database/data-folder.js';
import { FolderInUseError } from './database/folder-lock.js';
import { ListenError, lastWords, operatorsFault } from './operators-fault.js';

const withCode = (code: string): Error => Object.assign(new Error(`failed: ${code}`), { code });
const at = (host: string, port: number): { host: string; port: number } => ({ host, port });

/** What the system says to somebody who listens there. */
async function refusalAt(host: string): Promise<unknown> {
  const [refusal] = (await once(createServer().listen(0, host), 'error').catch((error: unknown) => [error])) as [
    unknown,
  ];
  return refusal;
}

describe('a start that cannot succeed', () => {
  it.each([
    ['a fault of the configuration', new ConfigError(['PORT must be a number']), 'PORT must be a number'],
    ['a folder in use', new FolderInUseError('/data'), 'Another Stagedoor is running on /data'],
    ['a folder that is a file', new DataFolderError('/data', withCode('EEXIST')), '/data is, or lies under, a file'],
    [
      'a folder of others',
      new DataFolderError('/data', withCode('EACCES')),
      'DATA_DIR must be a folder that this user',
    ],
    ['a port in use', new ListenError(at('::', 80), withCode('EADDRINUSE')), 'set PORT to a free one'],
    ['a port of root’s', new ListenError(at('::', 80), withCode('EACCES')), 'This user may not listen on PORT 80'],
    ['a wrong database password', withCode('28P01'), 'refuses the user or the password in DATABASE_URL'],
    ['no such database', withCode('3D000'), 'create it first'],
    ['a database server that is no host', withCode('ENOTFOUND'), 'cannot be reached (ENOTFOUND): check DATABASE_URL'],
    ['a database that says nothing', new Error('Connection terminated'), 'cannot be reached: check DATABASE_URL'],
  ])('is told in one sentence: %s', (_, error, sentence) => {
    expect(operatorsFault(error)).toContain(sentence);
    expect(lastWords(error)).not.toMatch(/^\s+at /m);
  });

  it.each(['nosuchhost.invalid', '256.1.1.1', '203.0.113.9'])('names HOST where it is %s', async (host) => {
    const sentence = operatorsFault(new ListenError(at(host, 3000), await refusalAt(host)));
    expect(sentence).toMatch(
      new RegExp(`^HOST "${host}" is no address of this machine \\(E\\w+\\): set it to 127.0.0.1,`),
    );
  });

  it('keeps the stack of a fault of ours', () => {
    expect(operatorsFault(new TypeError('ours'))).toBeUndefined();
    expect(lastWords(new TypeError('ours'))).toMatch(/^TypeError: ours\n\s+at /);
    expect(lastWords('thrown')).toBe('thrown');
  });
});
