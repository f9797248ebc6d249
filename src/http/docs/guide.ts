import { existsSync, readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import type { Contract } from '../output/contract.js';
import { errorsPage } from './errors-page.js';
import { renderPage } from './markdown-page.js';

/** The pages of `docs/` that the server shows, by their path. Each is a file there, but for the one that is generated. */
const PAGES = {
  guide: { file: 'frontend', name: 'Guide' },
  backends: { file: 'backends', name: 'Backends' },
  'api-keys': { file: 'api-keys', name: 'API keys' },
  'verifying-tokens': { file: 'verifying-tokens', name: 'Verifying tokens' },
  catalogue: { file: 'catalogue', name: 'Catalogue' },
  limits: { file: 'limits', name: 'Limits' },
  errors: { file: 'errors', name: 'Errors' },
} as const;

type PageName = keyof typeof PAGES;

const NAMES = Object.keys(PAGES) as PageName[];

const NAVIGATION = {
  'API reference': '/docs',
  ...Object.fromEntries(NAMES.map((name) => [PAGES[name].name, pathOf(name)])),
};

/** The build copies the pages beside the compiled sources; the sources themselves read them where they are written. */
const FOLDERS = ['../../docs/', '../../../docs/'].map((folder) => new URL(folder, import.meta.url));

/** `/docs/guide` and the pages that it leads to. A page is rendered when it is first asked for. */
export function serveGuide(fastify: FastifyInstance, contracts: readonly Contract[]): void {
  const folder = FOLDERS.find((url) => existsSync(new URL('frontend.md', url)));
  if (!folder) throw new Error(`The pages of the documentation are neither in ${FOLDERS.map(String).join(' nor in ')}`);
  for (const name of NAMES) {
    const read = (): string =>
      name === 'errors' ? errorsPage(contracts) : readFileSync(new URL(`${PAGES[name].file}.md`, folder), 'utf8');
    let html: string | undefined;
    fastify.get(pathOf(name), (_request, reply) => {
      html ??= renderPage(read(), NAVIGATION, targetOf);
      return reply.type('text/html; charset=utf-8').send(html);
    });
  }
}

/** The page that a link to its file, relative to `docs/`, leads to. */
function targetOf(link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const name = NAMES.find((page) => `${PAGES[page].file}.md` === file);
  if (name === undefined) return undefined;
  return anchor === undefined ? pathOf(name) : `${pathOf(name)}#${anchor}`;
}

function pathOf(name: PageName): string {
  return `/docs/${name}`;
}
