import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMPILED_FOLDER, INSTRUCTION_SETS_FILE, instructionSets, missingSets } from './argon2-build.js';

const folder = mkdtempSync(join(tmpdir(), 'stagedoor-argon2-'));
afterAll(() => rmSync(folder, { recursive: true }));

const INTEL =
  'processor\t: 0\nmodel name\t: Xeon\nflags\t\t: fpu de sse2 ssse3 avx avx2 avx512f hypervisor fma\n\nprocessor\t: 1\n';
const OLD = 'processor\t: 0\nflags\t\t: fpu de sse2 ssse3\n';
const ARM = 'processor\t: 0\nFeatures\t: fp asimd aes crc32\nCPU part\t: 0xd0c\n';

function cpuinfo(text: string): string {
  const file = join(mkdtempSync(join(folder, 'cpu-')), 'cpuinfo');
  writeFileSync(file, text);
  return file;
}

/** The folder of argon2, with a binary compiled for these instruction sets. */
function compiledFor(sets: string): string {
  const argon2 = mkdtempSync(join(folder, 'package-'));
  mkdirSync(join(argon2, COMPILED_FOLDER), { recursive: true });
  writeFileSync(join(argon2, COMPILED_FOLDER, INSTRUCTION_SETS_FILE), sets);
  return argon2;
}

describe('the instruction sets in /proc/cpuinfo', () => {
  it.each([
    ['x86, without what a compiler cannot choose', INTEL, ['sse2', 'ssse3', 'avx', 'avx2', 'avx512f', 'fma']],
    ['ARM', ARM, ['fp', 'asimd', 'aes', 'crc32']],
    ['neither', 'cpu : POWER9\n', []],
  ])('%s', (_, text, sets) => {
    expect(instructionSets(text)).toEqual(sets);
  });
});

describe('what a processor lacks of the compiled binary of argon2', () => {
  const avx2 = compiledFor('avx\navx2\nfma\n');

  it.each([
    ['nothing, with AVX2', INTEL, []],
    ['everything that it uses, on an old processor', OLD, ['avx', 'avx2', 'fma']],
    ['everything, where an ARM host emulates x86', ARM, ['avx', 'avx2', 'fma']],
  ])('is %s', (_, text, missing) => {
    expect(missingSets(avx2, cpuinfo(text))).toEqual(missing);
  });

  it('is nothing where there is no compiled binary, and where the system has no /proc/cpuinfo', () => {
    expect(missingSets(mkdtempSync(join(folder, 'package-')), cpuinfo(OLD))).toEqual([]);
    expect(missingSets(avx2, join(folder, 'missing'))).toEqual([]);
  });
});
