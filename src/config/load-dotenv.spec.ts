import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadEnvironment, parseDotenv } from './load-dotenv.js';

describe('parseDotenv', () => {
  it.each<[string, string, Record<string, string>]>([
    ['plain values', 'A=1\nB=two words', { A: '1', B: 'two words' }],
    ['white space around lines', '   \n\t A = 1  \n \u00a0 \n  B=2', { A: '1', B: '2' }],
    ['every kind of line end', 'A=1\r\nB=2\rC=3\n', { A: '1', B: '2', C: '3' }],
    ['comments', '# A=0\nA=1 # one\nB="#2" # two', { A: '1', B: '#2' }],
    ['quotes of every kind', `A="it's"\nB='"'\nC=\`'"\``, { A: "it's", B: '"', C: `'"` }],
    ['escaped line feeds', String.raw`A="1\n2"`, { A: '1\n2' }],
    ['values of several lines', 'A="1\n 2\n3"\nB=4', { A: '1\n 2\n3', B: '4' }],
    ['the word export', 'export A=1', { A: '1' }],
    ['empty values', 'A=\nB=""', { A: '', B: '' }],
  ])('reads %s', (_, text, values) => {
    expect(parseDotenv(text)).toEqual({ values, problems: [] });
  });

  it('names the line of everything that would be ignored, and never its content', () => {
    const { values, problems } = parseDotenv('A=1\ns3cret words\n=2\nB=3');
    expect(values).toEqual({ A: '1', B: '3' });
    expect(problems).toEqual([expect.stringMatching(/^, line 2: /), expect.stringMatching(/^, line 3: /)]);
    expect(problems.join()).not.toContain('s3cret');
  });

  it('names the setting whose quote is not closed', () => {
    const { values, problems } = parseDotenv('A=1\nB="2\nC=3');
    expect(values).toEqual({ A: '1' });
    expect(problems).toEqual([', line 2: the value of B starts with " but has no closing "']);
  });
});

describe('loadEnvironment', () => {
  const NAME = 'STAGEDOOR_TEST_SETTING';
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-dotenv-'));
    path = join(folder, '.env');
  });
  afterEach(async () => {
    delete process.env[NAME];
    await rm(folder, { recursive: true });
  });

  const TEXT = `  \n${NAME}=grüße\n`;
  const utf16 = (byteOrderMark: string): Buffer => Buffer.from(byteOrderMark + TEXT, 'utf16le');
  it.each<[string, Buffer]>([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16LE with a byte order mark', utf16('\ufeff')],
    ['UTF-16LE without one', Buffer.from(`${NAME}=grüße\n`, 'utf16le')],
    ['UTF-16BE with a byte order mark', utf16('\ufeff').swap16()],
  ])('reads %s', async (_, content) => {
    await writeFile(path, content);
    const { variables, problems } = loadEnvironment(path);
    expect([variables[NAME], problems]).toEqual(['grüße', []]);
  });

  it('overrides no variable of the process', async () => {
    process.env[NAME] = 'from the process';
    await writeFile(path, TEXT);
    expect(loadEnvironment(path).variables[NAME]).toBe('from the process');
  });

  it('may be absent', () => {
    expect(loadEnvironment(path).problems).toEqual([]);
  });

  it('rejects another encoding', async () => {
    await writeFile(path, Buffer.from(TEXT, 'latin1'));
    expect(loadEnvironment(path).problems).toEqual([`${path} is not encoded in UTF-8: save it in that encoding`]);
  });

  it('rejects a directory', async () => {
    await mkdir(path);
    expect(loadEnvironment(path).problems).toEqual([expect.stringContaining('.env is a directory')]);
  });

  it.skipIf(process.getuid?.() === 0)('rejects a file of another user', async () => {
    await writeFile(path, TEXT);
    await chmod(path, 0);
    expect(loadEnvironment(path).problems).toEqual([expect.stringContaining('cannot be read by this user (EACCES)')]);
  });
});
