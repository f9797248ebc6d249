import type { OpenAPIObject } from '@nestjs/swagger';
import { exampleName, wordIn } from '../../src/http/docs/error-responses.js';
import { operationsIn } from '../../src/http/docs/operations-in.js';
import type { OperationExample } from '../../src/http/docs/examples.js';
import type { Contract } from '../../src/http/output/contract.js';
import type { MailApp } from './mailbox.js';
import type { CallOptions, HttpAnswer } from './http-client.js';
import { withoutChance } from './without-chance.js';

export interface ExampleCall extends CallOptions {
  /** The values of the path's parameters. */
  readonly path?: readonly string[];
  readonly query?: string;
}

/** A call of the operation at hand. */
export type Send = (call?: ExampleCall) => Promise<HttpAnswer>;

/** Sends the calls of one operation. The first success and the first invalid input become its examples. */
export type Fixture = (app: MailApp, send: Send) => Promise<unknown>;

/** What the calls of an operation got, by status, with the errors apart. */
export interface Recorded {
  readonly example: OperationExample;
  readonly errors: readonly { readonly status: number; readonly body: unknown }[];
}

/** Sends the calls of a fixture. `operationId` is that of the document. */
export async function record(
  app: MailApp,
  contract: Contract,
  document: OpenAPIObject,
  operationId: string,
  fixture: Fixture,
): Promise<Recorded> {
  const found = operationsIn(document).find(({ operation }) => operation.operationId === operationId);
  if (!found) throw new Error(`No operation is named ${operationId}`);
  let example: OperationExample = {};
  const errors: { status: number; body: unknown }[] = [];
  await fixture(app, async ({ path = [], query = '', ...options } = {}) => {
    const values = [...path];
    const url = found.path.replace(/\{\w+\}/g, () => values.shift() ?? '') + query;
    const answer = await app.http.call(found.method.toUpperCase(), url, options);
    const [request, body = {}] = withoutChance([requestOf(options), answer.body || undefined] as const);
    if (answer.status < 300) {
      const success = answer.text !== '' && { success: body };
      example = { ...(request && { request }), ...success, ...example };
    } else errors.push({ status: answer.status, body });
    if (answer.status === 400 && !example.invalid) example = { ...example, invalid: body };
    else if (answer.status >= 400) {
      const word = exampleName(wordIn(body, contract.errorField));
      example = { ...example, errors: { [word]: body, ...example.errors } };
    }
    return answer;
  });
  return { example, errors };
}

function requestOf({ json, form, ndjson }: CallOptions): object | string | undefined {
  return (json as object | undefined) ?? form ?? (ndjson === undefined ? undefined : `${JSON.stringify(ndjson)}\n`);
}
