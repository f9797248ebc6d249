import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyRequest, onRequestHookHandler, onSendHookHandler } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import { type Contract, mainFirst } from '../output/contract.js';
import { refuseAny } from '../input/unknown-input.js';
import { documentPath, serveDocument } from './document-routes.js';
import { serveGuide } from './guide.js';
import { createDocument, type RoutesBeside } from './open-api-document.js';
import { PublishedDocument } from './published-document.js';

/** Swagger UI needs inline styles and images; scripts are loaded only from this server. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The library's files that the page loads. The others would reveal its exact version. */
const FILES = new Set([
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
]);

/** Swagger UI keeps the selected document in this query parameter, so that a link to it can be shared. */
const SHOWN_DOCUMENT = 'urls.primaryName';

/** Hides a column that is always empty, and fits the table of responses and the tags on a phone. */
const PAGE_CSS = `
.swagger-ui .response-col_links { display: none; }
.swagger-ui table.responses-table { table-layout: fixed; }
.swagger-ui table.responses-table > thead > tr > td:first-child { width: 60px; }
@media (max-width: 600px) {
  .swagger-ui .opblock-tag { flex-wrap: wrap; }
  .swagger-ui .opblock-tag > button { margin-left: auto; }
  .swagger-ui .opblock-tag > small { flex: 1 1 100%; order: 1; padding: 0; }
}`;

const PAGE = /^\/docs(?:\/|\/index\.html)?$/;

/** The first hook of the routes of the docs. It runs after routing, so no other spelling of a path gets past it. */
function guardOf(route: string): onRequestHookHandler {
  const isPage = PAGE.test(route);
  const isSwaggerUi = route === '/docs' || route.startsWith('/docs/');
  return (request, reply, done) => {
    if (isSwaggerUi) void reply.headers({ 'content-security-policy': DOCS_CSP, 'cache-control': 'no-cache' });
    try {
      refuseUnknown(request, isPage);
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}

/** The page that Nest makes has no viewport: a phone would show it as wide as a desktop, and its text too small. */
const addViewport: onSendHookHandler = (_request, _reply, payload, done) => {
  const viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">';
  done(null, typeof payload === 'string' ? payload.replace('<head>', `<head>\n  ${viewport}`) : payload);
};

/** @throws DomainError `route_not_found`, `invalid_request` */
function refuseUnknown({ params, query }: FastifyRequest, isPage: boolean): void {
  const { '*': file } = params as { readonly '*'?: string };
  if (file !== undefined && !FILES.has(file)) {
    throw new DomainError('route_not_found');
  }
  const { [SHOWN_DOCUMENT]: _shown, ...others } = query as Record<string, unknown>;
  refuseAny(isPage ? others : query, 'query parameter');
}

/** Nest would write a document into the page. It loads those that are selected instead. */
const LOADED_BY_URL: OpenAPIObject = { openapi: '3.0.0', info: { title: '', version: '' }, paths: {} };

interface DocsOptions {
  readonly contracts: readonly Contract[];
  /** Its document is the first, and has the routes beside the contracts. */
  readonly main: Contract;
  readonly version: string;
  readonly beside: RoutesBeside;
  /** Where clients reach the server; undefined: as the request at hand did. */
  readonly publicUrl: string | undefined;
}

/**
 * `/docs`: the guide, and Swagger UI with a document for each contract, selected in the bar at the top. Beside it, the
 * documents themselves.
 */
export function setUpDocs(app: NestFastifyApplication, options: DocsOptions): void {
  const { contracts, main, version, beside, publicUrl } = options;
  const fastify = app.getHttpAdapter().getInstance();
  // Only on the routes of the docs, so that it costs other requests nothing.
  fastify.addHook('onRoute', (route) => {
    if (/^\/(?:docs(?:[-/]|$)|openapi\/)/.test(route.url)) route.onRequest = guardOf(route.url);
    if (PAGE.test(route.url)) route.onSend = addViewport;
  });
  // The page opens with the first document.
  const ordered = mainFirst(contracts, main);
  for (const contract of ordered) {
    const isMain = contract === main;
    const create = () => createDocument(app, contract, version, isMain ? beside : undefined);
    let document: PublishedDocument | undefined;
    const read = (): PublishedDocument => (document ??= new PublishedDocument(create()));
    serveDocument(fastify, { contract, isMain, read, publicUrl });
  }
  serveGuide(fastify, ordered);
  SwaggerModule.setup('docs', app, LOADED_BY_URL, {
    raw: false,
    customSiteTitle: 'Stagedoor API',
    customCss: PAGE_CSS,
    explorer: ordered.length > 1,
    swaggerOptions: {
      persistAuthorization: true,
      urls: ordered.map((contract) => ({ name: contract.title, url: documentPath(contract) })),
    },
  });
}
