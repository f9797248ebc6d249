import { randomUUID } from 'node:crypto';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';
import { startApp, type TestApp } from '../support/app.js';
import { readDocuments } from '../support/documented-answers.js';
import { apiKey } from '../support/http-client.js';
import { PASSKEY_ENV } from '../support/passkeys.js';
import { makeKey, superAdmin } from '../support/people.js';

/*
 * Sends what the documents allow and what they forbid: each example, each limit and one beyond it, for every field of
 * every body and every parameter of every query. What is allowed is never 400, the rest always is.
 */

interface Schema {
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly nullable?: boolean;
  readonly example?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Record<string, Schema>;
}

interface Operation {
  readonly security: readonly Record<string, unknown>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> };
}

interface Sent {
  readonly what: string;
  readonly accepted: boolean;
  readonly body?: Record<string, unknown>;
  readonly query?: Record<string, unknown>;
}

/** Stands for the 400 of a code or a new passkey that is well formed and not valid. */
const NOT_REDEEMED = 0;

/** A string of this length; as a password it has every kind of character, and is no repeat and no common word. */
function textOf(length: number, format = ''): string {
  const words = format === 'password' ? 'Qu1et! harbour lights ' : 'Quiet harbour lights ';
  return words
    .repeat(Math.ceil(length / words.length))
    .slice(0, length)
    .replace(/ $/, 's');
}

describe('the documented input', () => {
  let app: TestApp;
  let documents: OpenAPIObject[];
  let session: Record<string, string>;
  let withKey: Record<string, string>;

  async function logIn(): Promise<void> {
    const root = await superAdmin(app);
    session = root.headers;
    withKey = { ...session, ...apiKey((await makeKey(app, root)).apiKey) };
  }

  beforeAll(async () => {
    app = await startApp({ env: PASSKEY_ENV });
    documents = await readDocuments(app.nest);
    await logIn();
  });
  afterAll(() => app.close());

  async function statusOf(method: string, path: string, { security }: Operation, sent: Sent): Promise<number> {
    const query = new URLSearchParams(
      Object.entries(sent.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const url = `${path.replace(/\{[^}]+\}/g, () => randomUUID())}${query.size > 0 ? `?${query.toString()}` : ''}`;
    const send = async (): Promise<number> => {
      const headers = security.length === 0 ? {} : security.some((one) => 'apiKey' in one) ? withKey : session;
      const { status, body, text } = await app.http.call(method.toUpperCase(), url, { headers, json: sent.body });
      // The example of a code is well formed, but no mail has it; that of a passkey answers no challenge of this server.
      // An id_type is of use with ids alone, and this test sends one parameter at a time.
      const isAlone = text.includes('id_type needs ids');
      const isUnknown = isAlone || body['code'] === 'invalid_code' || text.includes('credential must be a new passkey');
      return isUnknown ? NOT_REDEEMED : status;
    };
    const status = await send();
    if (status !== 401 || security.length === 0) return status;
    // An earlier call was a logout.
    await logIn();
    return send();
  }

  it.each(CONTRACTS.map(({ name }, i) => [name, i] as const))('%s', { timeout: 120_000 }, async (_, index) => {
    const { paths, components } = documents[index] as unknown as {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Schema> };
    };
    const resolve = (schema: Schema): Schema => {
      const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
      return reference ? { ...components.schemas[reference.split('/').at(-1) ?? ''], ...schema } : schema;
    };
    const violations: string[] = [];
    let checked = 0;
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        for (const sent of [...bodiesFor(operation, resolve), ...queriesFor(operation, resolve)]) {
          const status = await statusOf(method, path, operation, sent);
          checked++;
          if ((status === 400) === sent.accepted || status >= 500) {
            violations.push(
              `${method} ${path}: ${sent.what} is ${status}: ${JSON.stringify(sent.body ?? sent.query).slice(0, 200)}`,
            );
          }
        }
      }
    }
    expect(violations).toEqual([]);
    expect(checked).toBeGreaterThan(20);
  });
});

function bodiesFor(operation: Operation, resolve: (schema: Schema) => Schema): Sent[] {
  const content = operation.requestBody?.content['application/json'];
  if (!content) return [];
  const { oneOf, ...schema } = resolve(content.schema);
  return (oneOf ?? [schema]).flatMap((one) => bodiesOf(resolve(one), resolve));
}

function bodiesOf({ properties = {}, required = [] }: Schema, resolve: (schema: Schema) => Schema): Sent[] {
  const fields = Object.entries(properties).map(([name, schema]) => [name, resolve(schema)] as const);
  const base = Object.fromEntries(
    fields.filter(([name]) => required.includes(name)).map(([name, { example }]) => [name, example]),
  );
  const sent: Sent[] = [
    { what: 'the examples of the required fields', accepted: true, body: base },
    { what: 'an unknown field', accepted: false, body: { ...base, unheardOf: 1 } },
  ];
  for (const [name, schema] of fields) {
    for (const { what, accepted, value } of valuesFor(schema)) {
      sent.push({ what: `${name}: ${what}`, accepted, body: { ...base, [name]: value } });
    }
    sent.push({ what: `${name}: null`, accepted: schema.nullable === true, body: { ...base, [name]: null } });
    sent.push({ what: `${name}: an object`, accepted: false, body: { ...base, [name]: { a: 1 } } });
    if (required.includes(name)) {
      const { [name]: _left, ...rest } = base;
      sent.push({ what: `${name} left out`, accepted: false, body: rest });
    }
  }
  return sent;
}

function queriesFor({ parameters = [] }: Operation, resolve: (schema: Schema) => Schema): Sent[] {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const base = Object.fromEntries(
    inQuery.filter(({ required }) => required).map(({ name, schema }) => [name, resolve(schema).example]),
  );
  return inQuery.flatMap(({ name, schema }) =>
    valuesFor(resolve(schema)).map(({ what, accepted, value }) => ({
      what: `${name}: ${what}`,
      accepted,
      query: { ...base, [name]: value },
    })),
  );
}

function valuesFor(schema: Schema): { what: string; accepted: boolean; value: unknown }[] {
  const { minLength, maxLength, minimum, maximum } = schema;
  const isFree = schema.pattern === undefined && (schema.format === undefined || schema.format === 'password');
  const values = [{ what: 'the example', accepted: true, value: schema.example ?? schema.enum?.[0] }];
  if (schema.enum) values.push({ what: 'none of the list', accepted: false, value: 'unheard-of' });
  if (maxLength !== undefined)
    values.push({ what: 'too long', accepted: false, value: textOf(maxLength + 1, schema.format) });
  if (maxLength !== undefined && isFree)
    values.push({ what: 'the longest', accepted: true, value: textOf(maxLength, schema.format) });
  if (minLength !== undefined && minLength > 0) {
    values.push({ what: 'too short', accepted: false, value: textOf(minLength - 1, schema.format) });
    if (isFree) values.push({ what: 'the shortest', accepted: true, value: textOf(minLength, schema.format) });
  }
  if (minimum !== undefined) {
    values.push({ what: 'too small', accepted: false, value: minimum - 1 });
    values.push({ what: 'the smallest', accepted: true, value: minimum });
  }
  if (maximum !== undefined) {
    values.push({ what: 'too large', accepted: false, value: maximum + 1 });
    values.push({ what: 'the largest', accepted: true, value: maximum });
  }
  return values;
}
