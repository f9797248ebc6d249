import { execFile } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const PROJECT = resolve(import.meta.dirname, '../..');

declare module 'vitest' {
  interface ProvidedContext {
    /** The server as it ships: `dist/`, `package.json` and the project's packages. */
    builtFolder: string;
  }
}

let folder: string;

/** Builds the server once for all files of a project. */
export async function setup(project: TestProject): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-built-'));
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(PROJECT, 'package.json'), join(folder, 'package.json'));
  const compiler = join(PROJECT, 'node_modules/typescript/bin/tsc');
  // `npm run types` checks the types.
  const options = ['-p', join(PROJECT, 'tsconfig.build.json'), '--noCheck', '--outDir', join(folder, 'dist')];
  await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: PROJECT });
  // As the build does (nest-cli.json).
  await cp(join(PROJECT, 'docs'), join(folder, 'dist/docs'), { recursive: true });
  project.provide('builtFolder', folder);
}

export function teardown(): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
