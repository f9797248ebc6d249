import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { CONTRACTS } from '../../src/app.contracts.js';
import { documentPath } from '../../src/http/docs/document-routes.js';
import type { AnswerObserver, HttpAnswer } from './http-client.js';

/*
 * Compares each response that a test receives with the OpenAPI documents of the app: only the documented statuses, fields
 * and types are allowed.
 */

interface DocumentedOperation {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  /** By status; absent for a response without a body. */
  readonly responses: ReadonlyMap<number, ReadonlyMap<string, () => ValidateFunction>>;
}

// The documents do not depend on settings, so they are read once per process.
let operations: Promise<readonly DocumentedOperation[]> | undefined;

/** Throws on a response that its document does not describe. Ignores paths without a document. */
export function answersAsDocumented(app: NestFastifyApplication): AnswerObserver {
  return async (method, path, answer) => {
    operations ??= readDocuments(app).then((documents) => documents.flatMap(operationsOf));
    const fault = faultOf(await operations, method, path, answer);
    if (fault !== undefined) throw new Error(`${method} ${path} ${fault}`);
  };
}

export async function readDocuments(app: NestFastifyApplication): Promise<OpenAPIObject[]> {
  const paths = CONTRACTS.map(documentPath);
  return Promise.all(
    paths.map(async (url) =>
      (await app.inject({ method: 'GET', url, headers: { host: 'api.test' } })).json<OpenAPIObject>(),
    ),
  );
}

export function faultOf(
  all: readonly DocumentedOperation[],
  method: string,
  path: string,
  { status, headers, text, body }: Pick<HttpAnswer, 'status' | 'headers' | 'text'> & { readonly body: unknown },
): string | undefined {
  const [pathname = ''] = path.split(/[?#]/);
  const operation = all.find((one) => one.method === method && one.path.test(pathname));
  if (!operation) return undefined;
  const contents = operation.responses.get(status);
  if (!contents) {
    return `answered ${status}, which the document of ${operation.name} does not know: ${text}`;
  }
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
  if (contents.size === 0)
    return text === '' ? undefined : `answered ${status} with a body; documented is none: ${text}`;
  const validate = contents.get(type)?.();
  if (!validate) return `answered ${status} as "${type}"; documented: ${[...contents.keys()].join(', ')}`;
  if (validate(body)) return undefined;
  const faults = (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath || 'body', message, JSON.stringify(params)].join(' '),
  );
  return `answered ${status} with a body that its document does not describe:\n  ${faults.join('\n  ')}\n${text}`;
}

/** Literal paths before templates: `/api/users/me` is not `/api/users/{id}`. */
export function operationsOf(document: OpenAPIObject): DocumentedOperation[] {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
  });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: toJsonSchema(document.components) });
  const found = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, OperationLike>).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}/?$`),
      responses: new Map(
        Object.entries(operation.responses).map(([status, response]) => [
          Number(status),
          new Map(
            Object.entries(resolved(response, document).content ?? {}).map(([type, { schema }]) => [
              type,
              once(() => compile(ajv, schema)),
            ]),
          ),
        ]),
      ),
    })),
  );
  return found.sort((a, b) => Number(a.name.includes('{')) - Number(b.name.includes('{')));
}

interface OperationLike {
  readonly responses: Record<string, DocumentedResponse>;
}

interface ResponseLike {
  readonly content?: Record<string, MediaLike>;
}

/** As a document has it: perhaps one of its components. */
export type DocumentedResponse = ResponseLike | { readonly $ref: string };

interface MediaLike {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** The response itself, also where it is one of the components. */
export function resolved(response: DocumentedResponse, { components }: OpenAPIObject): ResponseLike {
  if (!('$ref' in response)) return response;
  const name = response.$ref.replace('#/components/responses/', '');
  return (components?.responses as Record<string, ResponseLike>)[name];
}

function compile(ajv: Ajv, schema: object): ValidateFunction {
  return ajv.compile(toJsonSchema(schema) as object);
}

/**
 * Converts a schema of OpenAPI 3.0 to JSON Schema: `nullable` becomes `anyOf` (beside a `type`, as OpenAPI 3.0.3 says), and objects that list their fields allow no
 * others.
 */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, example: _example, ...rest } = node as Record<string, unknown>;
  if (typeof rest['$ref'] === 'string') return { $ref: `document${rest['$ref']}` };
  const schema = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, toJsonSchema(value)]));
  if (typeof schema['properties'] === 'object') schema['additionalProperties'] ??= false;
  return nullable === true && 'type' in schema ? { anyOf: [{ type: 'null' }, schema] } : schema;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
