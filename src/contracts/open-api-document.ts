import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Contract } from './contract.js';
import { HEADERS_LIMIT, URL_LIMIT } from './edge/http-adapter.js';
import { BODY_LIMIT, DEPTH_MAX } from './edge/json-body.js';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** What holds for every call of every contract, and would only be noise under each of them. */
const LIMITS = `### Limits

A body may have ${BODY_LIMIT} bytes (413) and ${DEPTH_MAX} levels (400), an address ${URL_LIMIT} characters (414), all headers together ${HEADERS_LIMIT} bytes (431). Unknown fields and unknown query parameters are refused (400), so that a typing error is never dropped silently. Lengths of texts count Unicode code points, after leading and trailing space is dropped (never of passwords). Every answer has an \`x-request-id\`: name it when you report a fault.`;

/** The OpenAPI document of one contract, true to what the app does with every call. */
export function createDocument(
  app: NestFastifyApplication,
  { title, description, tags, module }: Contract,
  version: string,
): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle(title)
    .setDescription(`${description}\n\n${LIMITS}`)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'The server that shows this page')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a login.' },
      'bearer',
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key, for servers.' }, 'apiKey');
  for (const [name, text] of Object.entries(tags)) builder.addTag(name, text);
  const config = builder.build();
  config.info.contact = { name: 'Stagedoor contributors' };
  const document = SwaggerModule.createDocument(app, config, {
    include: [module],
    operationIdFactory: (_controller, method) => method,
  });
  const operations = Object.values(document.paths).flatMap((path) => METHODS.flatMap((method) => path[method] ?? []));
  for (const operation of operations) settle(operation, document.components?.schemas ?? {});
  return withoutUnusedSchemes(document, operations);
}

/** The Authorize button offers only what some call of this contract takes. */
function withoutUnusedSchemes(document: OpenAPIObject, operations: readonly Operation[]): OpenAPIObject {
  const used = new Set(operations.flatMap(({ security = [] }) => security.flatMap((needed) => Object.keys(needed))));
  const schemes = Object.entries(document.components?.securitySchemes ?? {}).filter(([name]) => used.has(name));
  return { ...document, components: { ...document.components, securitySchemes: Object.fromEntries(schemes) } };
}

/** Writes down what the decorators leave unsaid: who needs no credentials, and how strictly bodies are read. */
function settle(operation: Operation, schemas: Schemas): void {
  operation.security ??= [];
  const body = operation.requestBody;
  if (!body || '$ref' in body) return;
  for (const { schema } of Object.values(body.content)) {
    const known = schema && '$ref' in schema ? schemas[schema.$ref.replace('#/components/schemas/', '')] : schema;
    if (!known || '$ref' in known) continue;
    known.additionalProperties = false;
    // An absent body is read as one without fields.
    body.required = (known.required ?? []).length > 0;
  }
}
