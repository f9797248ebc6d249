import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';
import { startApp } from '../support/app.js';
import { readDocuments } from '../support/documented-answers.js';

const run = promisify(execFile);
const BIN = resolve('node_modules/.bin');

let folder: string;
let files: string[];

beforeAll(async () => {
  const app = await startApp();
  const documents = await readDocuments(app.nest);
  await app.close();
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-openapi-'));
  files = CONTRACTS.map(({ name }) => join(folder, `${name}.json`));
  await Promise.all(documents.map((document, i) => writeFile(files[i], JSON.stringify(document))));
  await writeFile(join(folder, 'spectral.json'), '{"extends": ["spectral:oas"]}');
});
afterAll(() => rm(folder, { recursive: true }));

/** The output of a linter, which runs with a minimal environment so that no other configuration applies. */
async function lint(program: string, args: readonly string[]): Promise<unknown> {
  const env = { PATH: process.env['PATH'], REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const options = { cwd: folder, env, maxBuffer: 16 * 1024 * 1024 };
  const { stdout } = await run(join(BIN, program), args, options).catch(
    (error: Error & { stdout?: string; stderr?: string }) => {
      // A linter that finds problems exits with an error code, but prints them all the same.
      if (!error.stdout) throw new Error(`${program}: ${error.message}\n${error.stderr}`);
      return { stdout: error.stdout };
    },
  );
  return JSON.parse(stdout.slice(stdout.search(/[[{]/)));
}

it('the published OpenAPI documents satisfy redocly’s recommended rules', async () => {
  // For several files, it prints one report after the other.
  for (const file of files) {
    const found = (await lint('redocly', ['lint', '--extends=recommended', '--format=json', file])) as {
      totals: object;
      problems: { ruleId: string; message: string; location: { pointer: string }[] }[];
    };
    const problems = found.problems.map(({ ruleId, message, location }) =>
      [file, ruleId, message, location[0]?.pointer].join(': '),
    );
    expect(problems).toEqual([]);
    expect(found.totals).toEqual({ errors: 0, warnings: 0, ignored: 0 });
  }
});

it('the published OpenAPI documents satisfy spectral:oas', async () => {
  const found = (await lint('spectral', ['lint', '--quiet', '--ruleset=spectral.json', '--format=json', ...files])) as {
    code: string;
    message: string;
    path: string[];
  }[];
  expect(found.map(({ code, message, path }) => `${code}: ${message} ${path.join('/')}`)).toEqual([]);
});
