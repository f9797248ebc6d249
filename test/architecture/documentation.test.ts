import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const isPage = (name: string): boolean => name.endsWith('.md');
const PAGES = [
  ...readdirSync(ROOT).filter(isPage),
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter(isPage)
      .map((name) => `${folder}/${name}`),
  ),
];
/** The changelog also names what older versions had. */
const CURRENT_PAGES = PAGES.filter((page) => page !== 'CHANGELOG.md');
const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** A page without its code blocks. */
const proseOf = (page: string): string => textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, '');

/** The targets of inline links, images and link definitions that stay within the repository. */
function linksOf(page: string): string[] {
  const inline = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)];
  const definitions = [...proseOf(page).matchAll(/^\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...definitions].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
}

/** The file a link leads to, relative to the repository, and the heading within it. */
function resolveLink(page: string, link: string): { file: string; anchor: string | undefined } {
  const [path = '', anchor] = link.split('#');
  return { file: path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path)), anchor };
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Every page that links lead to from this one, itself included. */
function reachableFrom(start: string): Set<string> {
  const reached = new Set([start]);
  for (const page of reached) {
    for (const link of linksOf(page)) {
      const { file } = resolveLink(page, link);
      if (PAGES.includes(file)) reached.add(file);
    }
  }
  return reached;
}

describe('the documentation', () => {
  it('can be reached from README.md, every page', () => {
    const reached = reachableFrom('README.md');
    expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
  });

  it.each(PAGES)('%s links only to files and headings that exist', (page) => {
    const broken = linksOf(page).filter((link) => {
      const { file, anchor } = resolveLink(page, link);
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && isPage(file) && !anchorsOf(file).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each(PAGES)('%s names only files of the repository that exist', (page) => {
    const named = [
      ...textOf(page).matchAll(/(?<![\w./-])(?:src|test|bench|docs|examples)\/[\w./-]+\.(?:ts|mjs|md|json)\b/g),
    ];
    expect(named.map(([file]) => file).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('describes every module of the core in docs/architecture.md', () => {
    const page = textOf('docs/architecture.md');
    const modules = readdirSync(join(ROOT, 'src/modules'));
    expect(modules.filter((name) => !page.includes(`| \`modules/${name}\` |`))).toEqual([]);
  });

  it('names only classes that exist in docs/architecture.md', () => {
    const page = textOf('docs/architecture.md');
    const spans = [...page.matchAll(/`([^`\n]+)`/g), ...page.matchAll(/^ *participant \w+ as (.+)$/gm)];
    const named = spans.flatMap(([, span = '']) => span.match(/\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b/g) ?? []);
    const sources = (readdirSync(join(ROOT, 'src'), { recursive: true }) as string[]).filter((file) =>
      file.endsWith('.ts'),
    );
    const code = sources.map((file) => textOf(`src/${file}`)).join('\n');
    const FROM_LIBRARIES = ['AsyncLocalStorage', 'DataSource'];
    expect(named.length).toBeGreaterThan(10);
    const missing = named.filter((name) => !new RegExp(`\\b(?:class|interface|type|const) ${name}\\b`).test(code));
    expect(missing.filter((name) => !FROM_LIBRARIES.includes(name))).toEqual([]);
  });

  it.each(CURRENT_PAGES)('%s names only npm scripts that package.json has', (page) => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...textOf(page).matchAll(/npm (?:run )?(start|test|(?<=run )[\w:-]+)/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it.each(PAGES)('%s has no line of prose longer than 120 characters', (page) => {
    const lines = proseOf(page)
      .split('\n')
      .filter((line) => !line.startsWith('|'));
    expect(lines.filter((line) => [...line].length > 120)).toEqual([]);
  });
});
