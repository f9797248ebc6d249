import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = new URL('../../src/', import.meta.url).pathname;

/** The source files without their specs, by their path in `src`. */
const FILES = new Map(
  (readdirSync(SRC, { recursive: true }) as string[])
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
    .sort()
    .map((path) => [path, readFileSync(join(SRC, path), 'utf8')]),
);

/** What each file imports from `src`, types included. */
const IMPORTS = new Map(
  [...FILES].map(([path, text]) => [
    path,
    ts
      .preProcessFile(text, true, true)
      .importedFiles.map(({ fileName }) => fileName)
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(path), name)).replace(/\.js$/, '.ts')),
  ]),
);

/** `modules/users`, `contracts/api`, or the first folder or file of the path. */
function roomOf(path: string): string {
  const parts = path.replace(/\.ts$/, '').split('/');
  return parts.length > 2 && /^(?:contracts|modules)$/.test(parts[0]) ? parts.slice(0, 2).join('/') : parts[0];
}

/** A path through the graph that returns to where it began; empty where there is none. */
function circleIn(graph: ReadonlyMap<string, Iterable<string>>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const search = (node: string): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return [];
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const circle = search(next);
      if (circle.length > 0) return circle;
    }
    path.pop();
    done.add(node);
    return [];
  };
  for (const node of graph.keys()) {
    const circle = search(node);
    if (circle.length > 0) return circle;
  }
  return [];
}

describe('the layout of src', () => {
  it('is read whole: every import leads to a file', () => {
    const missing = [...IMPORTS].flatMap(([path, targets]) =>
      targets.filter((target) => !FILES.has(target)).map((target) => `${path}: ${target}`),
    );
    expect(missing).toEqual([]);
    expect(IMPORTS.get('main.ts')).toContain('app.setup.ts');
  });

  it('has no circle of imports, types included', () => {
    expect(circleIn(IMPORTS)).toEqual([]);
  });

  it('has no circle between folders: what one imports never imports it in return', () => {
    const rooms = new Map<string, Set<string>>();
    for (const [path, targets] of IMPORTS) {
      const from = roomOf(path);
      const seen = rooms.get(from) ?? new Set();
      for (const target of targets) if (roomOf(target) !== from) seen.add(roomOf(target));
      rooms.set(from, seen);
    }
    expect(rooms.get('main')).toContain('app.setup');
    expect(circleIn(rooms)).toEqual([]);
  });

  it('has no module of the core above 1,200 lines', () => {
    const lines = new Map<string, number>();
    for (const [path, text] of FILES) {
      if (path.startsWith('modules/'))
        lines.set(roomOf(path), (lines.get(roomOf(path)) ?? 0) + text.split('\n').length);
    }
    expect([...lines].filter(([, count]) => count > 1200)).toEqual([]);
    expect(lines.get('modules/auth')).toBeGreaterThan(0);
  });
});

describe('the search for circles', () => {
  it('finds one however long, and none in a graph without', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['d']],
      ['d', ['b']],
    ]);
    expect(circleIn(graph)).toEqual(['b', 'c', 'd', 'b']);
    expect(circleIn(new Map([...graph, ['d', []]]))).toEqual([]);
  });
});
