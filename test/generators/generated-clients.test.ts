import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { arch, platform } from 'node:process';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server-process.js';

const run = promisify(execFile);
const PROJECT = join(import.meta.dirname, 'project');
const DOCUMENTS = { api: '/docs-json', 'api-v1': '/docs/api-v1-json', v1: '/docs/v1-json', feed: '/docs/feed-json' };
/** Two of the generators need a newer Node.js than this project. */
const NODE = `node-${platform}-${arch}`;
const NODE_VERSION = '24';

/** Writes a document's client into `out`. */
type Generate = (document: string, out: string) => Promise<readonly string[]>;

describe('clients that others generate from the documents', () => {
  let folder: string;
  let server: ServerProcess;
  let url: string;

  const orval = (client: string): Generate => {
    return async (document, out) => {
      // Its paths are relative to its configuration.
      const config = `orval.${out.replaceAll('/', '.')}.mjs`;
      const options = {
        input: document,
        output: { target: `${out}/api.ts`, schemas: `${out}/model`, client, baseUrl: url },
      };
      await writeFile(join(folder, config), `export default ${JSON.stringify({ api: options })};`);
      return ['orval', '--config', config];
    };
  };
  const GENERATORS: Record<string, Generate> = {
    'orval-fetch': orval('fetch'),
    'orval-axios': orval('axios'),
    'orval-react-query': orval('react-query'),
    'hey-api': async (document, out) => ['openapi-ts', '-i', document, '-o', out],
    'swagger-typescript-api': async (document, out) => [
      ...['swagger-typescript-api', 'generate', '-p', document],
      ...['-o', out, '-n', 'api.ts'],
    ],
    'openapi-zod-client': async (document, out) => ['openapi-zod-client', document, '-o', `${out}/api.ts`],
    'openapi-typescript': async (document, out) => ['openapi-typescript', document, '-o', `${out}/api.d.ts`],
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-generators-'));
    await cp(PROJECT, folder, { recursive: true });
    server = ServerProcess.start({ DATA_DIR: join(folder, 'data'), RATE_LIMIT_ENABLED: 'false' });
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${NODE}@${NODE_VERSION}`], {
      cwd: folder,
    });
    url = await server.url();
    for (const [name, path] of Object.entries(DOCUMENTS)) {
      const response = await fetch(`${url}${path}`);
      await writeFile(join(folder, `${name}.json`), await response.text());
    }
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  /** Runs a program of the project. @throws {Error} with its output when it fails */
  async function runIn([program, ...args]: readonly string[]): Promise<void> {
    const node = join(folder, 'node_modules', NODE, 'bin/node');
    const command = [join('node_modules/.bin', program), ...args];
    await run(node, command, { cwd: folder, env: { PATH: process.env['PATH'], BASE_URL: url } }).catch(
      (error: { stdout: string; stderr: string }) => expect.fail(`${program}: ${error.stdout}${error.stderr}`),
    );
  }

  it.each(Object.keys(GENERATORS))('%s takes every document', async (name) => {
    const generate = async (contract: string): Promise<void> => {
      const out = `generated/${contract}/${name}`;
      await mkdir(join(folder, out), { recursive: true });
      await runIn(await GENERATORS[name](`${contract}.json`, out));
      expect(await readdir(join(folder, out))).not.toEqual([]);
    };
    await Promise.all(Object.keys(DOCUMENTS).map(generate));
  });

  it('compiles them, and the programs that use them', () => runIn(['tsc', '-p', '.']));

  it.each(Object.keys(GENERATORS))('%s goes from a sign-up to a logout', async (name) => {
    const bundles = join(folder, 'bundles', name);
    await build({
      configFile: false,
      root: folder,
      logLevel: 'warn',
      build: { ssr: `src/${name}.ts`, outDir: bundles },
    });
    await run(process.execPath, [join(bundles, `${name}.js`)], { cwd: folder, env: { BASE_URL: url } });
  });
});
