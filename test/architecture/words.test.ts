import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

/** Phrases that a native engineer would not write, with what to write. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:tak(?:e|es|en|ing)|took) back\b/gi, 'revoke, return, undo'],
  [/\bwhoever\b/gi, 'name the actor: the caller, the client, the user'],
  [/\b(?:some|any|every)body\b|\bnobody\b/gi, 'a user, the user, all, no one'],
  [/\b(?:of|none of) ours\b/gi, 'our'],
  [/\bof yours\b/gi, 'one of your'],
  [/\bof one[’']s own\b/gi, 'name the owner, or the one who chooses'],
  [/\bany more\b/gi, 'no longer'],
  [/\bworks? no more\b/gi, 'is revoked, has expired'],
  [/\bwho asks\b/gi, 'the caller'],
  [/\ban? texts?\b/gi, 'a string'],
  [/\bruns? out\b/gi, 'expires'],
  [/(?<![/:-])\bfaults?\b/gi, 'an error'],
  [/\btold\b(?! apart)|\btells? of\b/gi, 'notified, logged, reported'],
];

const FILES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs', 'src'].flatMap((path) =>
  path.endsWith('.md')
    ? [path]
    : (readdirSync(new URL(path, ROOT), { recursive: true }) as string[])
        .filter((name) => /\.(?:md|ts)$/.test(name))
        .map((name) => `${path}/${name}`),
);

function wordsIn(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line, i) =>
      WORDS.flatMap(([word, better]) =>
        (line.match(word) ?? []).map((found) => `${i + 1}: "${found}" (better: ${better})`),
      ),
    );
}

describe('the words of the sources and the documentation', () => {
  it('are those that the field uses', () => {
    const found = FILES.flatMap((path) =>
      wordsIn(readFileSync(new URL(path, ROOT), 'utf8')).map((word) => `${path}:${word}`),
    );
    expect(found).toEqual([]);
    expect(FILES).toContain('src/main.ts');
  });

  it('are recognized with their context', () => {
    expect(wordsIn('revoked for whoever\nasks\nis told apart, see test/faults/x.test.ts')).toEqual([
      '1: "whoever" (better: name the actor: the caller, the client, the user)',
    ]);
  });
});
