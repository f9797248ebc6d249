import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a compiled binary of argon2 is, in the package's folder; the prebuilt ones are in `prebuilds`. */
export const COMPILED_FOLDER = join('build', 'Release');
/** Beside a compiled binary: the instruction sets that it may use, by the names of /proc/cpuinfo. */
export const INSTRUCTION_SETS_FILE = 'instruction-sets';

/** The instruction sets of x86 that a compiler can choose, by their names in /proc/cpuinfo. */
const X86_SETS =
  /^(?:s?sse|avx|bmi|tbm|xop|fma|f16c|abm|movbe|popcnt|adx|aes|vaes|pclmulqdq|vpclmulqdq|gfni|sha_ni|xsave$)/;

/** What the processor has, by the text of /proc/cpuinfo. Under emulation the text is that of the host. */
export function instructionSets(cpuinfo: string): string[] {
  const [, flags] = /^flags\s*:\s*(.*)$/m.exec(cpuinfo) ?? [];
  if (flags !== undefined) return flags.split(' ').filter((flag) => X86_SETS.test(flag));
  const [, features = ''] = /^Features\s*:\s*(.*)$/m.exec(cpuinfo) ?? [];
  return features.split(' ').filter((feature) => feature !== '');
}

/**
 * The instruction sets that the compiled binary in the folder of argon2 may use and this processor lacks. Empty where
 * there is no such binary, where it does not say what it uses, and on systems without /proc/cpuinfo.
 */
export function missingSets(argon2Folder: string, cpuinfoFile = '/proc/cpuinfo'): string[] {
  const required = textOf(join(argon2Folder, COMPILED_FOLDER, INSTRUCTION_SETS_FILE));
  const cpuinfo = textOf(cpuinfoFile);
  if (required === undefined || cpuinfo === undefined) return [];
  const present = new Set(instructionSets(cpuinfo));
  return required.split(/\s+/).filter((set) => set !== '' && !present.has(set));
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
