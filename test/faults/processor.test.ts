import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

/** Debian's package qemu-user. */
const EMULATOR = 'qemu-x86_64';
const canEmulate = process.arch === 'x64' && spawnSync(EMULATOR, ['--version']).status === 0;

const PACKAGES = resolve(import.meta.dirname, '../../node_modules');
const OLD_SETS = 'fpu sse sse2 ssse3 sse4_1 sse4_2 popcnt';
const AVX2_SETS = `${OLD_SETS} avx avx2 bmi1 bmi2 f16c fma abm movbe xsave`;

let folder: string;

/** A package with its dependencies. */
async function install(name: string): Promise<void> {
  const text = await readFile(join(PACKAGES, name, 'package.json'), 'utf8');
  const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> };
  await cp(join(PACKAGES, name), join(folder, 'node_modules', name), { recursive: true });
  for (const dependency of Object.keys(dependencies)) await install(dependency);
}

interface Outcome {
  readonly output: string;
  readonly signal: NodeJS.Signals | null;
}

/** Hashes passwords on an emulated processor whose /proc/cpuinfo lists these instruction sets. */
async function hashOn(processor: string, sets: string): Promise<Outcome> {
  const root = await mkdtemp(join(folder, 'root-'));
  await mkdir(join(root, 'proc'));
  await writeFile(join(root, 'proc/cpuinfo'), `processor\t: 0\nflags\t\t: ${sets}\n`);
  const args = ['-cpu', processor, '-L', root, process.execPath, 'dist/commands/measure-argon2.js'];
  const { stdout, signal } = spawnSync(EMULATOR, args, { cwd: folder, encoding: 'utf8' });
  return { output: stdout, signal };
}

// .ci/run installs the emulator. No other one can take a set of instructions away.
describe.skipIf(!canEmulate)('argon2 compiled for AVX2', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-argon2-'));
    const built = inject('builtFolder');
    for (const part of ['dist', 'package.json']) await cp(join(built, part), join(folder, part), { recursive: true });
    await install('argon2');
    await mkdir(join(folder, 'node_modules/.bin'));
    for (const [bin, target] of [
      ['cross-env', 'cross-env/dist/bin/cross-env.js'],
      ['node-gyp-build', 'node-gyp-build/bin.js'],
    ] as const) {
      await symlink(join('..', target), join(folder, 'node_modules/.bin', bin));
    }
    const compile = ['dist/commands/compile-argon2.js', 'x86-64-v3'];
    await promisify(execFile)(process.execPath, compile, { cwd: folder });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is used by a processor that has AVX2', async () => {
    expect((await hashOn('Haswell', AVX2_SETS)).output).toMatch(/^argon2, compiled for this kind of processor: \d/);
  });

  it('is not used by a processor that lacks it, which hashes with the prebuilt binary', async () => {
    const { output } = await hashOn('Nehalem', OLD_SETS);
    expect(output).toMatch(/^argon2, prebuilt, since this processor lacks avx, avx2, .* of the compiled one: \d/);
  });

  it('would kill the process there', async () => {
    expect(await hashOn('Nehalem', AVX2_SETS)).toEqual({ output: '', signal: 'SIGILL' });
  });
});
