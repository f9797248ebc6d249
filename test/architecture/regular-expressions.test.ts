import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/** Expressions that only see text of bounded length, and that length in characters. */
const BOUNDED: Readonly<Record<string, number>> = {
  // The ends of a username; of the padding of a stored hash, at most two characters.
  '^[._-]+|[._-]+$': 30,
  '=+$': 2,
};

/** An atom that repeats without limit: `\s*`, `\p{Zs}+`, `[^;]+`, `.*`. */
const REPEATED = /^(?:\\[a-z]|\\p\{\w+\}|\[(?:\\.|[^\]\\])*\]|[^\\^$()[\]|*+?])(?:[*+]|\{\d+,\})\??/i;

/**
 * A search that begins with a repetition starts over at each character of a long run, and so takes time quadratic in
 * its length. Nothing may follow such a repetition, or it starts at the beginning of the text.
 */
function startsOver(pattern: string): boolean {
  return alternatives(pattern).some((part) => {
    const opened = part.replace(/^\((?:\?(?::|<\w+>))?/, '');
    const repeated = REPEATED.exec(opened)?.[0];
    return repeated !== undefined && repeated.length < opened.length;
  });
}

/** The alternatives outside of any group. */
function alternatives(pattern: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const token of pattern.match(/\\.|\[(?:\\.|[^\]\\])*\]|[^]/g) ?? []) {
    if (token === '(') depth++;
    if (token === ')') depth--;
    if (token === '|' && depth === 0) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${token}`);
  }
  return parts;
}

function patternsIn(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) found.push(node.text.slice(1, node.text.lastIndexOf('/')));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
  .map((file) => join('src', file));

describe('a regular expression of the sources', () => {
  it('takes time linear in the length of what it searches', () => {
    const slow = sources.flatMap((path) =>
      patternsIn(path)
        .filter((pattern) => startsOver(pattern) && !(pattern in BOUNDED))
        .map((pattern) => `${path}: /${pattern}/`),
    );
    expect(slow).toEqual([]);
  });

  it.each(['\\s*,\\s*', '\\s*;\\s*charset=[^;,]*', '(\\S+)\\s+(\\S+)', '[ \\t]+$', '^a|\\s+$', '\\p{Zs}+$'])(
    'is recognized as quadratic: %s',
    (pattern) => {
      expect(startsOver(pattern)).toBe(true);
    },
  );

  it.each(['^\\s*,', '\\p{Zs}+', ';\\s*charset=[^;,]*', '"[^"]*"?', '[._-]', '^(?:a|(\\d+\\.))$'])(
    'is recognized as linear: %s',
    (pattern) => {
      expect(startsOver(pattern)).toBe(false);
    },
  );
});
