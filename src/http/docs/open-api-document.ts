import type { Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import { BODY_LIMIT, DEPTH_MAX, HEADERS_LIMIT, URL_LIMIT } from '../../common/limits.js';
import { NDJSON_MEDIA_TYPE, unsupportedNdjson } from '../input/ndjson-route.js';
import { ignoresQuery } from '../input/no-unknown-input.guard.js';
import { unknownInput } from '../input/unknown-input.js';
import type { Contract } from '../output/contract.js';
import { accessErrors, accessSentences, SECURITY } from './access-docs.js';
import { addCodeSamples } from './code-samples.js';
import { namespaced, nameComponents, withNamespace } from './components.js';
import type { Method, Operation, PathItem, Schemas } from './document-parts.js';
import { addExamples } from './examples.js';
import { errorResponses, errorSchemas, type WordsByStatus } from './error-responses.js';
import { type DocumentedError, OPERATION_DOCS, type OperationDocs } from './operation.js';
import { operationsIn } from './operations-in.js';
import { accessOf, type Route } from './route-access.js';

/** Routes beside the contracts, which are documented with one of them. */
export interface RoutesBeside {
  readonly tags: Readonly<Record<string, string>>;
  readonly modules: readonly Type[];
  /** Those that are not in a controller. */
  readonly paths: Readonly<Record<string, PathItem>>;
}

const NONE_BESIDE: RoutesBeside = { tags: {}, modules: [], paths: {} };

const grouped = (count: number): string => count.toLocaleString('en');

/** What applies to every operation of every contract. */
const LIMITS = `### Limits

A body may have ${grouped(BODY_LIMIT)} bytes (413) and ${DEPTH_MAX} levels (400), a URL ${grouped(URL_LIMIT)} characters (414), all headers together ${grouped(HEADERS_LIMIT)} bytes (431). Unknown fields and query parameters are refused (400), so that a misspelled name is never dropped silently. Leading and trailing spaces are removed from strings, but not from passwords; lengths are counted in Unicode code points. Every response has an \`x-request-id\`: quote it when you report a problem.`;

/** The OpenAPI document of one contract, without the servers. */
export function createDocument(
  app: NestFastifyApplication,
  contract: Contract,
  version: string,
  beside = NONE_BESIDE,
): OpenAPIObject {
  const modules = [contract.module, ...beside.modules];
  const document = SwaggerModule.createDocument(app, headOf(contract, version, beside), {
    include: modules,
    extraModels: [...(contract.errorModels ?? [])],
    operationIdFactory: idOf,
  });
  const routes = routesOf(modules);
  const words: WordsByStatus = new Map();
  for (const { method, operation } of operationsIn(document)) {
    const route = routes.get(operation.operationId ?? '');
    if (!route) throw new Error(`No handler is named ${operation.operationId}`);
    completeOperation(contract, method, operation, route, words);
    completeBody(operation, document.components?.schemas ?? {});
  }
  const besidePaths = structuredClone(beside.paths);
  for (const { operation } of operationsIn({ ...document, paths: besidePaths })) {
    operation.responses = { ...errorResponses(contract, COMMON_ERRORS, words), ...operation.responses };
  }
  const schemas = { ...document.components?.schemas, ...errorSchemas(contract, words) };
  const paths = { ...document.paths, ...besidePaths };
  const complete = { ...document, paths, components: { ...document.components, schemas } };
  for (const { path, method, operation } of operationsIn(complete)) {
    const name = operation.operationId ?? '';
    operation.operationId = namespaced(contract.namespace, name);
    addExamples(contract.examples, operation);
    if (contract.codeSamples?.includes(name)) addCodeSamples(path, method, operation);
  }
  return withNamespace(nameComponents(withoutUnusedSchemes(complete)), contract.namespace);
}

function headOf({ title, description, tags }: Contract, version: string, beside: RoutesBeside) {
  const builder = new DocumentBuilder()
    .setTitle(title)
    .setDescription(`${description}\n\n${LIMITS}`)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a login.' },
      'bearer',
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key', description: 'An API key, for servers.' }, 'apiKey');
  for (const [name, text] of Object.entries({ ...tags, ...beside.tags })) builder.addTag(name, text);
  return builder.build();
}

/** Identifies a handler until its operation is complete. */
function idOf(controller: string, method: string): string {
  return `${controller}.${method}`;
}

/** The handlers of modules, by {@link idOf}. */
function routesOf(modules: readonly Type[]): ReadonlyMap<string, Route> {
  const controllers = modules.flatMap(
    (module) => (Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, module) ?? []) as readonly Type<object>[],
  );
  return new Map(
    controllers.flatMap((controller) =>
      Object.entries(Object.getOwnPropertyDescriptors(controller.prototype as object)).map(([name, { value }]) => [
        idOf(controller.name, name),
        { controller, handler: value as () => unknown },
      ]),
    ),
  );
}

/** The errors that every request can get. */
const COMMON_ERRORS: readonly ErrorCode[] = [
  'malformed_request',
  'request_timeout',
  'uri_too_long',
  'headers_too_large',
  'internal_error',
  'service_unavailable',
];

/** Adds what follows from the route, its guards and its contract. */
function completeOperation(
  contract: Contract,
  method: Method,
  operation: Operation,
  route: Route,
  words: WordsByStatus,
): void {
  const docs = Reflect.getMetadata(OPERATION_DOCS, route.handler) as OperationDocs;
  const access = accessOf(route, docs.credentials);
  operation.operationId = route.handler.name;
  operation.description = `${docs.description}\n\n${accessSentences(access)}`;
  operation.security = SECURITY[access.credentials].map((needed) => copyOf(needed));
  Object.assign(operation, {
    ...(access.scope && { 'x-required-scopes': [access.scope] }),
    ...(access.role && { 'x-required-role': access.role }),
  });
  const errors = [
    ...inputErrors(method, operation, route),
    ...COMMON_ERRORS,
    ...accessErrors(access),
    ...(docs.errors ?? []),
  ];
  // What the operation documents itself is more exact.
  operation.responses = { ...errorResponses(contract, errors, words), ...operation.responses };
}

function copyOf(needed: Readonly<Record<string, readonly string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(needed).map(([name, scopes]) => [name, [...scopes]]));
}

/** Bodies of all methods but GET are read, also where none is expected. */
function inputErrors(method: Method, { requestBody }: Operation, { controller }: Route): DocumentedError[] {
  const takesNdjson = requestBody && !('$ref' in requestBody) && NDJSON_MEDIA_TYPE in requestBody.content;
  const kind = requestBody === undefined || takesNdjson ? 'query parameter' : 'field';
  const unknown = new DomainError('invalid_request', { fields: [unknownInput('nickname', kind)] });
  if (method === 'get') return ignoresQuery(controller) ? [] : [unknown];
  if (takesNdjson) return [unknown, unsupportedNdjson()];
  return [unknown, 'malformed_json', 'payload_too_large', 'unsupported_media_type'];
}

/** Adds how strictly a body is validated. */
function completeBody({ requestBody }: Operation, schemas: Schemas): void {
  if (!requestBody || '$ref' in requestBody) return;
  for (const { schema } of Object.values(requestBody.content)) {
    const bodies = schema && 'oneOf' in schema ? (schema.oneOf ?? []) : [schema];
    const known = bodies.map((one) => (one && '$ref' in one ? schemas[nameIn(one.$ref)] : one));
    let isRequired = true;
    for (const body of known) {
      if (!body || '$ref' in body) continue;
      body.additionalProperties = false;
      isRequired &&= body.type === 'string' || (body.required ?? []).length > 0;
    }
    // An absent body is treated as one without fields.
    requestBody.required = isRequired;
  }
}

function nameIn(reference: string): string {
  return reference.replace('#/components/schemas/', '');
}

/** The Authorize button offers only the schemes that an operation of this contract uses. */
function withoutUnusedSchemes(document: OpenAPIObject): OpenAPIObject {
  const used = new Set(
    operationsIn(document).flatMap(({ operation: { security = [] } }) =>
      security.flatMap((needed) => Object.keys(needed)),
    ),
  );
  const schemes = Object.entries(document.components?.securitySchemes ?? {}).filter(([name]) => used.has(name));
  return { ...document, components: { ...document.components, securitySchemes: Object.fromEntries(schemes) } };
}
