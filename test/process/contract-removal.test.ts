import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';

const ROOT = new URL('../../', import.meta.url).pathname;
const SRC = join(ROOT, 'src');
const REGISTRY = join(SRC, 'app.contracts.ts');
const REGISTERED = readFileSync(REGISTRY, 'utf8');

/** The folders of the contracts that can be deleted, with their names in the registry. `/api` answers unknown paths. */
const REMOVABLE = [
  ['api-v1', 'API_V1'],
  ['v1', 'V1'],
  ['feed', 'FEED'],
] as const;

type Removable = (typeof REMOVABLE)[number];

const folderOf = (folder: string): string => join(SRC, 'contracts', folder, '/');

const SOURCES = (readdirSync(SRC, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(SRC, file));

/** The registry without the import of this contract and its name in the list. */
function unregister(registry: string, [folder, name]: Removable): string {
  const lines = registry.split('\n').filter((line) => !line.includes(`'./contracts/${folder}/`));
  return lines.join('\n').replace(new RegExp(`(\\[|, )${name}(?:, |(?=\\]))`), '$1');
}

// Files are parsed once for all compilations.
const parsed = new Map<string, ts.SourceFile | undefined>();

/** What the compiler reports for the registry and the files that import it when the folders of these contracts are gone. */
function compileWithout(removed: readonly Removable[], registry: string): string[] {
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
  const top = SOURCES.filter((path) => /^app\./.test(basename(path)));
  const program = ts.createProgram(top, { ...options, noEmit: true }, host);
  const diagnostics = top.flatMap((path) => ts.getPreEmitDiagnostics(program, program.getSourceFile(path)));
  return diagnostics.map(({ file, messageText }) => {
    const where = file ? relative(ROOT, file.fileName) : 'options';
    return `${where}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

describe('a contract', () => {
  it('can be deleted, except the one that answers unknown paths', () => {
    expect(CONTRACTS.map(({ name }) => name).sort()).toEqual(['api', ...REMOVABLE.map(([folder]) => folder)].sort());
  });

  it.each(REMOVABLE)('is imported outside its folder by the registry only: %s', (folder) => {
    const mention = new RegExp(`contracts/${folder}/|\\.\\./${folder}/|\\./${folder}/`);
    const outside = SOURCES.filter((path) => !path.startsWith(folderOf(folder)));
    const mentions = outside.filter((path) => mention.test(readFileSync(path, 'utf8')));
    expect(mentions).toEqual([REGISTRY]);
  });

  // All at once: the test above shows that no other file depends on any of them.
  it('leaves a checkout that compiles when its folder and registration are deleted', () => {
    const registry = REMOVABLE.reduce(unregister, REGISTERED);
    for (const [folder, name] of REMOVABLE) expect(registry).not.toMatch(new RegExp(`/${folder}/|\\b${name}\\b`));
    expect(compileWithout(REMOVABLE, registry)).toEqual([]);
  });

  it('is reported by the compiler when its folder is deleted and its registration stays', () => {
    expect(compileWithout([REMOVABLE[2]], REGISTERED)).toEqual([
      expect.stringMatching(/^src\/app\.contracts\.ts: Cannot find module '\.\/contracts\/feed\/feed\.contract\.js'/),
    ]);
  });
});
