import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { availableCores } from './available-cores.js';

const folder = mkdtempSync(join(tmpdir(), 'stagedoor-cpu-'));
afterAll(() => rmSync(folder, { recursive: true }));

function limitedBy(content: string): string {
  const file = join(folder, 'cpu.max');
  writeFileSync(file, content);
  return file;
}

describe('availableCores', () => {
  it.each([
    ['200000 100000\n', 2],
    ['150000 100000\n', 1],
    ['50000 100000\n', 1],
    ['1600000 100000\n', 8],
    ['max 100000\n', 8],
    ['', 8],
  ])('is bound by the limit %j of a container on 8 cores: %i', (content, cores) => {
    expect(availableCores(limitedBy(content), 8)).toBe(cores);
  });

  it('is the number of cores where there is no limit', () => {
    expect(availableCores(join(folder, 'missing'), 8)).toBe(8);
  });
});
