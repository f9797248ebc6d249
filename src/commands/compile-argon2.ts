import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { withPrebuiltBinaries } from '../config/prebuilt-binaries.js';
import { COMPILED_FOLDER, INSTRUCTION_SETS_FILE, instructionSets } from '../modules/passwords/argon2-build.js';

/*
 * npm run argon2:native         node dist/commands/compile-argon2.js
 *   Compiles argon2 for the processor of this machine, and prints how many hashes a second both binaries make.
 *   Needs Python, make and a C++ compiler. Downloads the headers of Node.js where its installation does not have them.
 *
 * node dist/commands/compile-argon2.js x86-64-v3
 *   Compiles it for every x86 processor with AVX2, as for a container image.
 */

/** The x86-64 psABI's level 3, without what every x86-64 processor has, by the names of /proc/cpuinfo. */
const X86_64_V3 = ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'];

const ROOT = resolve(import.meta.dirname, '../..');
const argon2Folder = dirname(createRequire(import.meta.url).resolve('argon2'));
const compiledFolder = join(argon2Folder, COMPILED_FOLDER);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function compile(march: string, sets: readonly string[]): void {
  const settings = [`CFLAGS=-O3 ${process.arch === 'x64' ? '-march' : '-mcpu'}=${march}`];
  const prefix = resolve(dirname(process.execPath), '..');
  if (existsSync(join(prefix, 'include/node/node_api.h'))) settings.push(`npm_config_nodedir=${prefix}`);
  rmSync(join(argon2Folder, 'build'), { recursive: true, force: true });
  const npm = ['npm', 'rebuild', 'argon2', '--build-from-source', '--foreground-scripts'];
  const { status } = spawnSync('env', [...settings, ...npm], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0 || !existsSync(join(compiledFolder, 'argon2.node'))) {
    rmSync(join(argon2Folder, 'build'), { recursive: true, force: true });
    fail(
      'argon2 was not compiled, and the prebuilt binary stays in use. Are Python, make and a C++ compiler installed?',
    );
  }
  writeFileSync(join(compiledFolder, INSTRUCTION_SETS_FILE), `${sets.join('\n')}\n`);
  for (const rest of ['obj.target', '.deps']) rmSync(join(compiledFolder, rest), { recursive: true, force: true });
}

/** In a process of its own, since a process has one binary. */
function measure(): void {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, 'measure-argon2.js')], {
    stdio: 'inherit',
  });
  if (status !== 0) fail('argon2 could not be measured');
}

if (process.platform === 'win32') fail('On Windows the prebuilt binary of argon2 is used');
const [march = 'native', ...rest] = process.argv.slice(2);
if (rest.length > 0 || !/^(?:native|x86-64-v3)$/.test(march)) {
  fail('Usage: npm run argon2:native, or node dist/commands/compile-argon2.js x86-64-v3');
}
if (march === 'native') withPrebuiltBinaries(measure);
const cpuinfo = '/proc/cpuinfo';
const ownSets = existsSync(cpuinfo) ? instructionSets(readFileSync(cpuinfo, 'utf8')) : [];
compile(march, march === 'native' ? ownSets : X86_64_V3);
if (march === 'native') measure();
