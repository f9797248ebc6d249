import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyRequest, onRequestHookHandler } from 'fastify';
import { DomainError } from '../common/domain-error.js';
import type { Contract } from './contract.js';
import { refuseAny } from './edge/no-unknown-input.guard.js';
import { createDocument } from './open-api-document.js';

/** Swagger UI draws itself with inline styles and pictures; scripts come from here alone. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Where a contract's document is read by programs. */
export function documentPath(contract: Contract, main: Contract): string {
  return contract === main ? '/docs-json' : `/docs/${contract.name}-json`;
}

/** What the page loads of the library's files. The others would tell its exact version to whoever looks for a hole in it. */
const FILES = new Set([
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
]);

/** The page writes into its own address which document it shows, so that a link to it can be sent. */
const SHOWN_DOCUMENT = 'urls.primaryName';

const PAGE = /^\/docs(?:\/|\/index\.html)?$/;

/** What the routes of the docs do first. They are known by then, so that no other way to write a path leads past. */
function guardOf(route: string): onRequestHookHandler {
  const isPage = PAGE.test(route);
  const drawsItself = route === '/docs' || route.startsWith('/docs/');
  return (request, reply, done) => {
    if (drawsItself) void reply.headers({ 'content-security-policy': DOCS_CSP, 'cache-control': 'no-cache' });
    let fault: Error | undefined;
    try {
      refuseOddities(request, isPage);
    } catch (error) {
      fault = error as Error;
    }
    done(fault);
  };
}

function refuseOddities({ params, query }: FastifyRequest, isPage: boolean): void {
  const { '*': file } = params as { readonly '*'?: string };
  if (file !== undefined && !FILES.has(file)) {
    throw new DomainError('route_not_found', 'There is nothing at this path and method');
  }
  const { [SHOWN_DOCUMENT]: _shown, ...others } = query as Record<string, unknown>;
  refuseAny(isPage ? others : query, 'query parameter');
}

/** `/docs`: Swagger UI with a document for each contract, chosen from the bar at the top. */
export function setUpDocs(
  app: NestFastifyApplication,
  contracts: readonly Contract[],
  main: Contract,
  version: string,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  // On its own routes alone, so that no other request pays for it.
  fastify.addHook('onRoute', (route) => {
    if (/^\/docs(?:[-/]|$)/.test(route.url)) route.onRequest = guardOf(route.url);
  });
  // The page opens with the first.
  const ordered = [main, ...contracts.filter((contract) => contract !== main)];
  const documents = ordered.map((contract) => ({ contract, document: createDocument(app, contract, version) }));
  for (const { contract, document } of documents) {
    if (contract === main) continue;
    fastify.get(documentPath(contract, main), () => document);
  }
  SwaggerModule.setup(
    'docs',
    app,
    () => documents.find(({ contract }) => contract === main)?.document as OpenAPIObject,
    {
      jsonDocumentUrl: 'docs-json',
      yamlDocumentUrl: 'docs-yaml',
      customSiteTitle: 'Stagedoor API',
      explorer: documents.length > 1,
      swaggerOptions: {
        persistAuthorization: true,
        ...(documents.length > 1 && {
          urls: ordered.map((contract) => ({ name: contract.title, url: documentPath(contract, main) })),
        }),
      },
    },
  );
}
