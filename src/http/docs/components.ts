import type { OpenAPIObject } from '@nestjs/swagger';
import { pascalCase } from '../../common/text.js';
import type { Response, Responses, Schemas } from './document-parts.js';
import { operationsIn } from './operations-in.js';

/**
 * Moves into the components what generators need a name for: schemas with a `title`, which becomes the name, and error
 * responses that several operations have.
 */
export function nameComponents(document: OpenAPIObject): OpenAPIObject {
  const schemas: Schemas = { ...document.components?.schemas };
  const shared = new Map<string, Response[]>();
  for (const { operation } of operationsIn(document)) {
    if (operation.requestBody && !('$ref' in operation.requestBody)) nameSchemas(operation.requestBody, schemas);
    for (const [status, response] of Object.entries(operation.responses)) {
      if (!response || '$ref' in response) continue;
      nameSchemas(response, schemas);
      if (Number(status) >= 400) shared.set(keyOf(response), [...(shared.get(keyOf(response)) ?? []), response]);
    }
  }
  const responses: Record<string, Response> = {};
  for (const [key, same] of shared) {
    const name = nameOf(key);
    if (same.length > 1 && !(name in responses)) responses[name] = { ...(same[0] as Response) };
  }
  for (const { operation } of operationsIn(document)) shareResponses(operation.responses, responses);
  return { ...document, components: { ...document.components, schemas, responses } };
}

function nameSchemas({ content = {} }: Pick<Response, 'content'>, schemas: Schemas): void {
  for (const media of Object.values(content)) {
    const { schema } = media;
    if (!schema || '$ref' in schema || schema.title === undefined) continue;
    const { title, ...named } = schema;
    schemas[title] = named;
    media.schema = { $ref: `#/components/schemas/${title}` };
  }
}

function shareResponses(responses: Responses, shared: Readonly<Record<string, Response>>): void {
  for (const [status, response] of Object.entries(responses)) {
    if (!response || '$ref' in response) continue;
    const name = nameOf(keyOf(response));
    if (name in shared && keyOf(shared[name] as Response) === keyOf(response)) {
      responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
}

function keyOf(response: Response): string {
  return JSON.stringify(response);
}

/** The codes that most responses of their status have, so that a name need not mention them. */
const USUAL =
  /^(?:invalid_request|validation_error|malformed_request|authentication_required|invalid_token|invalid_api_key|email_not_verified|second_factor_setup_required|service_unavailable)$/i;

/** The name of a shared response: its only code, or its status and the unusual codes. */
function nameOf(key: string): string {
  const [phrase = '', list = ''] = (JSON.parse(key) as Response).description.split(': ');
  const codes = list.split(', ').filter((code) => /^[a-z]\w+$/i.test(code));
  const unusual = codes.filter((code) => !USUAL.test(code));
  const named = codes.length === 1 ? codes : [phrase, ...unusual];
  return named.map((words) => pascalCase(words.toLowerCase())).join('');
}

const REFERENCE = /^#\/components\/(schemas|responses)\/(.+)$/;

/** The name of an operation among those of all contracts. */
export function namespaced(namespace: string, name: string): string {
  if (namespace === '') return name;
  return `${namespace.charAt(0).toLowerCase()}${namespace.slice(1)}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Puts `namespace` before the names of all schemas and responses that do not begin with it. */
export function withNamespace(document: OpenAPIObject, namespace: string): OpenAPIObject {
  if (namespace === '') return document;
  const nameIn = (name: string): string => (name.startsWith(namespace) ? name : namespace + name);
  const rename = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(rename);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => {
        const [, kind, name] = (key === '$ref' && REFERENCE.exec(String(value))) || [];
        return [key, kind && name ? `#/components/${kind}/${nameIn(name)}` : rename(value)];
      }),
    );
  };
  const renameKeys = (entries: object = {}): Record<string, never> =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [nameIn(name), value as never]));
  const renamed = rename(document) as OpenAPIObject;
  const { schemas, responses } = renamed.components ?? {};
  return {
    ...renamed,
    components: { ...renamed.components, schemas: renameKeys(schemas), responses: renameKeys(responses) },
  };
}
