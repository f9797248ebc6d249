import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateApiKey, isWellFormedApiKey } from './api-key-secret.js';

const page = readFileSync(new URL('../../../docs/api-keys.md', import.meta.url), 'utf8');

/** The one block of this language on the page. */
function block(language: string): string {
  const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(([, name]) => name === language);
  expect(blocks).toHaveLength(1);
  return blocks[0]?.[2] ?? '';
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('what docs/api-keys.md tells secret scanners', () => {
  it('SECURITY 22: its pattern finds every key within a string', () => {
    const pattern = new RegExp(block('text').trim(), 'g');
    for (let round = 0; round < 100; round++) {
      const key = generateApiKey();
      expect(`const KEY = "${key}"; // ${key}\n`.match(pattern)).toEqual([key, key]);
    }
  });

  it('SECURITY 22: the key it names for testing is well formed', () => {
    const named = /`(sk_live_\w+)` is well formed/.exec(page)?.[1] ?? '';
    expect(isWellFormedApiKey(named)).toBe(true);
  });

  it.runIf(hasPython)('SECURITY 22: its checksum is the same in Python (skipped without python3)', () => {
    const keys = Array.from({ length: 200 }, generateApiKey);
    const wrong = keys.map((key) => `${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`);
    const program = `${block('python')}\nimport sys\nfor line in sys.stdin:\n    print(is_api_key(line.strip()))\n`;
    const { stdout } = spawnSync('python3', ['-c', program], {
      input: [...keys, ...wrong].join('\n'),
      encoding: 'utf8',
    });
    expect(stdout.trim().split('\n')).toEqual([...keys.map(() => 'True'), ...wrong.map(() => 'False')]);
  });
});
