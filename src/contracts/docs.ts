import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type Contract, pathOf } from './contract.js';
import { createDocument } from './open-api-document.js';

/** Swagger UI draws itself with inline styles and pictures; scripts come from here alone. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Where a contract's document is read by programs. */
export function documentPath(contract: Contract, main: Contract): string {
  return contract === main ? '/docs-json' : `/docs/${contract.name}-json`;
}

/** `/docs`: Swagger UI with a document for each contract, chosen from the bar at the top. */
export function setUpDocs(
  app: NestFastifyApplication,
  contracts: readonly Contract[],
  main: Contract,
  version: string,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const path = pathOf(request.url);
    if (path === '/docs' || path.startsWith('/docs/')) {
      void reply.headers({ 'content-security-policy': DOCS_CSP, 'cache-control': 'no-cache' });
    }
    done();
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
