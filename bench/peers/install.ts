import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let installing: ChildProcess | undefined;

/**
 * Installs packages, each in its exact version, into a folder of their own.
 * @throws {Error} with npm's last words when it fails
 */
export async function install(folder: string, packages: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{"private": true, "type": "module"}\n');
  const names = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  // Packages of a peer that were released on different days often name each other's older versions.
  const options = ['--no-audit', '--no-fund', '--save-exact', '--legacy-peer-deps', '--loglevel=error'];
  // Packages that are compiled have to fit this Node.js, whichever npm would run by itself.
  const programs = dirname(process.execPath);
  const prefix = dirname(programs);
  const env = {
    ...process.env,
    PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`,
    ...(existsSync(join(prefix, 'include/node/node_api.h')) && { npm_config_nodedir: prefix }),
  };
  installing = spawn('npm', ['install', ...options, ...names], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  installing.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(installing, 'close')) as [number | null];
  installing = undefined;
  if (code !== 0) throw new Error(errors.trim().split('\n').slice(0, 3).join(' '));
}

/** Ends an installation that is running. */
export async function stopInstalling(): Promise<void> {
  if (!installing) return;
  const closed = once(installing, 'close');
  installing.kill('SIGTERM');
  await closed;
}

/** Copies a script of this folder beside the packages that it imports. Returns its path. */
export async function copyScript(name: string, folder: string): Promise<string> {
  const path = join(folder, name);
  await copyFile(fileURLToPath(new URL(`../../bench/peers/${name}`, import.meta.url)), path);
  return path;
}

export async function installedVersion(folder: string, name: string): Promise<string> {
  const text = await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
