import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/common/error-codes.js';
import { startApp, type TestApp } from '../support/app.js';
import { expectFaultsIn } from '../support/api-answers.js';

const PAGES = ['guide', 'backends', 'api-keys', 'verifying-tokens', 'catalogue', 'limits', 'errors'];

describe('the pages of the guide', () => {
  let app: TestApp;
  const pages = new Map<string, string>();

  beforeAll(async () => {
    app = await startApp();
    for (const name of PAGES) pages.set(name, (await app.http.get(`/docs/${name}`)).text);
  });
  afterAll(() => app.close());

  const page = (name: string): string => pages.get(name) ?? '';
  const anchorsOf = (name: string): string[] => [...page(name).matchAll(/ id="([^"]+)"/g)].map(([, id = '']) => id);

  it('are HTML under a policy that runs no script of another server, and have none of their own', async () => {
    for (const name of PAGES) {
      const { status, headers, text } = await app.http.get(`/docs/${name}`);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      expect(text).not.toMatch(/<script|<img| on[a-z]+=/);
    }
  });

  it('hold what the files of docs/ say', () => {
    const headings = [...readFileSync('docs/frontend.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, text]) => text);
    const shown = [...page('guide').matchAll(/<h2 [^>]*>(.+)<\/h2>/g)].map(([, text]) => text);
    expect(headings).toEqual([...shown, 'Tests']);
    expect(shown.length).toBeGreaterThan(8);
  });

  it('have an anchor for each error code', () => {
    expect(anchorsOf('errors')).toEqual(expect.arrayContaining([...ERROR_CODES, 'errors-of-fields']));
  });

  it.each(PAGES)('lead only to pages and headings that exist: %s', async (name) => {
    const links = [...page(name).matchAll(/<a href="([^"]+)"/g)].map(([, href = '']) => href);
    const local = links.filter((href) => !href.startsWith('https://'));
    expect(local.length).toBeGreaterThan(PAGES.length);
    for (const href of local) {
      const [path = '', anchor] = href.split('#');
      const target = path === '' ? name : path.replace(/^\/docs\/?/, '');
      if (target === '') expect((await app.http.get('/docs')).status).toBe(200);
      else expect(PAGES, href).toContain(target);
      if (anchor !== undefined) expect(anchorsOf(target), href).toContain(anchor);
    }
  });

  it('name no file of the repository as a link', () => {
    for (const name of PAGES) expect(page(name)).not.toMatch(/href="[^"]*\.(?:md|mjs|ts)\b/);
  });

  it('are linked from each document, by a URL that works in a saved copy, and from the first tag of /api', async () => {
    const documents = await Promise.all(
      ['api', 'api-v1', 'v1', 'feed'].map((name) => app.http.get(`/openapi/${name}.json`)),
    );
    for (const { body } of documents) expect(body.externalDocs.url).toBe(`${app.url}/docs/guide`);
    const [first] = documents[0]?.body.tags as unknown as { name: string; description: string }[];
    expect(first?.name).toBe('Start here');
    const linked = [...(first?.description.matchAll(/\]\(\/docs\/([a-z-]+)\)/g) ?? [])].map(([, name]) => name);
    expect(linked).toEqual(['guide', 'errors']);
  });

  it('are copied beside the compiled sources by the build, but for the one that is generated', () => {
    const { compilerOptions } = JSON.parse(readFileSync('nest-cli.json', 'utf8')) as {
      compilerOptions: { assets: { include: string }[] };
    };
    const copied = compilerOptions.assets.flatMap(({ include }) => /\{(.+)\}/.exec(include)?.[1]?.split(',') ?? []);
    const files = PAGES.filter((name) => name !== 'errors').map((name) => (name === 'guide' ? 'frontend' : name));
    expect(copied.toSorted()).toEqual(files.toSorted());
    expect(readFileSync('Dockerfile', 'utf8')).toContain('\nCOPY docs ./docs\n');
    expect(readFileSync('.dockerignore', 'utf8')).toContain('\n!docs/*.md\n');
  });

  it('take no query', async () => {
    expectFaultsIn(await app.http.get('/docs/guide?x=1'), 'x');
  });
});
