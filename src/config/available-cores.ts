import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The CPU limit of a container: a quota and a period, both in microseconds, or `max`. */
const CPU_LIMIT_FILE = '/sys/fs/cgroup/cpu.max';

/**
 * Cores that this process may use: those of the machine, or fewer where a container limits them (cgroup v2). Node.js 20
 * does not know the limit. At least 1.
 */
export function availableCores(limitFile = CPU_LIMIT_FILE, cores = availableParallelism()): number {
  return Math.max(1, Math.min(cores, Math.floor(cpuLimit(limitFile))));
}

function cpuLimit(file: string): number {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    // Not Linux, cgroup v1, or the root cgroup, which has no limit.
    return Infinity;
  }
  const [quota, period] = content.trim().split(' ', 2).map(Number);
  return quota !== undefined && period !== undefined && quota / period > 0 ? quota / period : Infinity;
}
