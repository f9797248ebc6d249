import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { documentPath } from '../../src/contracts/docs.js';
import type { AnswerObserver, HttpAnswer } from './http-client.js';

/*
 * Holds each answer that a test receives against the documents that the app publishes: an operation may answer only
 * with the statuses, fields and types that its document names.
 */

interface DocumentedOperation {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  readonly takesBody: boolean;
  /** By status; absent for a response without a body. */
  readonly responses: ReadonlyMap<number, ReadonlyMap<string, () => ValidateFunction>>;
}

/** Said about a body, where the operation has none and so cannot document it. */
const ABOUT_A_BODY = [408, 413, 415];

// The documents do not depend on settings: one reading serves every app of a process.
let operations: Promise<readonly DocumentedOperation[]> | undefined;

/** Throws at the test that met it when an answer is not as its document says. Paths that no document has pass. */
export function answersAsDocumented(app: NestFastifyApplication): AnswerObserver {
  return async (method, path, answer) => {
    operations ??= readDocuments(app).then((documents) => documents.flatMap(operationsOf));
    const fault = faultOf(await operations, method, path, answer);
    if (fault !== undefined) throw new Error(`${method} ${path} ${fault}`);
  };
}

export async function readDocuments(app: NestFastifyApplication): Promise<OpenAPIObject[]> {
  const paths = CONTRACTS.map((contract) => documentPath(contract, FALLBACK_CONTRACT));
  return Promise.all(paths.map(async (url) => (await app.inject({ method: 'GET', url })).json<OpenAPIObject>()));
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
    if (!operation.takesBody && ABOUT_A_BODY.includes(status)) return undefined;
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
    formats: { password: true, 'idn-email': /^[^@\s]+@[^@\s]+$/u },
  });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: toJsonSchema(document.components) });
  const found = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, OperationLike>).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path: new RegExp(`^${path.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}/?$`),
      takesBody: operation.requestBody !== undefined,
      responses: new Map(
        Object.entries(operation.responses).map(([status, { content = {} }]) => [
          Number(status),
          new Map(Object.entries(content).map(([type, { schema }]) => [type, once(() => compile(ajv, schema))])),
        ]),
      ),
    })),
  );
  return found.sort((a, b) => Number(a.name.includes('{')) - Number(b.name.includes('{')));
}

interface OperationLike {
  readonly requestBody?: object;
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: object }> }>;
}

function compile(ajv: Ajv, schema: object): ValidateFunction {
  return ajv.compile(toJsonSchema(schema) as object);
}

/**
 * A schema of OpenAPI 3.0 in JSON Schema's words: `nullable` becomes a choice, and where the fields of an object are
 * listed there may be no others.
 */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, example: _example, ...rest } = node as Record<string, unknown>;
  if (typeof rest['$ref'] === 'string') return { $ref: `document${rest['$ref']}` };
  const schema = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, toJsonSchema(value)]));
  if (typeof schema['properties'] === 'object') schema['additionalProperties'] ??= false;
  return nullable === true ? { anyOf: [{ type: 'null' }, schema] } : schema;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
