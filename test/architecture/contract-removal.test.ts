import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SRC = join(ROOT, 'src');
const REGISTRY = join(SRC, 'app.contracts.ts');
const REGISTERED = readFileSync(REGISTRY, 'utf8');

/** The folders of the contracts that may go, with their names in the registry. `/api` stays: unknown paths fail in its dialect. */
const REMOVABLE = [
  ['api-v1', 'API_V1'],
  ['v1', 'V1'],
  ['feed', 'FEED'],
] as const;

type Removable = (typeof REMOVABLE)[number];

/** Compiling is all processor: a busy machine may take its time. */
const COMPILE_TIMEOUT_MS = 120_000;

const folderOf = (folder: string): string => join(SRC, 'contracts', folder, '/');

const SOURCES = (readdirSync(SRC, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(SRC, file));

/** The registry without this contract: without its import, and its name in the list. */
function unregister(registry: string, [folder, name]: Removable): string {
  const lines = registry.split('\n').filter((line) => !line.includes(`'./contracts/${folder}/`));
  return lines.join('\n').replace(new RegExp(`(\\[|, )${name}(?:, |(?=\\]))`), '$1');
}

// Files that are as they were in the last compilation are not read again.
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler has against this checkout, or one file of it, without the folders of these contracts. */
function compileWithout(removed: readonly Removable[], registry: string, only?: string): string[] {
  const isGone = (path: string): boolean => removed.some(([folder]) => path.startsWith(folderOf(folder)));
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { fileExists, directoryExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => !isGone(path) && fileExists(path);
  host.directoryExists = (path) => !isGone(join(path, '/')) && directoryExists?.(path) !== false;
  host.readFile = (path) => (isGone(path) ? undefined : readFile(path));
  host.getSourceFile = (path, version) => {
    if (isGone(path)) return undefined;
    if (path === REGISTRY) return ts.createSourceFile(path, registry, version);
    if (!parsed.has(path)) parsed.set(path, getSourceFile(path, version));
    return parsed.get(path);
  };
  // What a spec imports is held by the mentions alone: the types of the test runner cost more than all of ours.
  const rest = SOURCES.filter((path) => !isGone(path) && !path.endsWith('.spec.ts'));
  const program = ts.createProgram(rest, { ...options, noEmit: true }, host);
  const checked = only === undefined ? undefined : program.getSourceFile(only);
  return ts.getPreEmitDiagnostics(program, checked).map(({ file, messageText }) => {
    const where = file ? relative(ROOT, file.fileName) : 'options';
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('a contract', () => {
  it('may go, whichever it is, but for the one whose dialect unknown paths fail in', () => {
    expect(CONTRACTS.map(({ name }) => name).sort()).toEqual(['api', ...REMOVABLE.map(([folder]) => folder)].sort());
  });

  it.each(REMOVABLE)('is named by no file outside of its folder but the registry: %s', (folder) => {
    const mention = new RegExp(`contracts/${folder}/|\\.\\./${folder}/|\\./${folder}/`);
    const outside = SOURCES.filter((path) => !path.startsWith(folderOf(folder)));
    const mentions = outside.filter((path) => mention.test(readFileSync(path, 'utf8')));
    expect(mentions).toEqual([REGISTRY]);
  });

  // All at once: that nothing else names any of them is shown above, and the compiler takes its seconds.
  it(
    'leaves a checkout that compiles when it goes with its registration',
    () => {
      const registry = REMOVABLE.reduce(unregister, REGISTERED);
      for (const [folder, name] of REMOVABLE) expect(registry).not.toMatch(new RegExp(`/${folder}/|\\b${name}\\b`));
      expect(compileWithout(REMOVABLE, registry)).toEqual([]);
    },
    COMPILE_TIMEOUT_MS,
  );

  it(
    'is missed by the compiler when it goes and its registration stays',
    () => {
      expect(compileWithout([REMOVABLE[2]], REGISTERED, REGISTRY)).toEqual([
        expect.stringMatching(/^src\/app\.contracts\.ts: Cannot find module '\.\/contracts\/feed\/feed\.module\.js'/),
      ]);
    },
    COMPILE_TIMEOUT_MS,
  );
});
