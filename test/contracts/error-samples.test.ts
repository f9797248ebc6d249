import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BODY_LIMIT } from '../../src/common/limits.js';
import { type Scope, SCOPES } from '../../src/common/principal.js';
import { operationsIn } from '../../src/http/docs/operations-in.js';
import { startApp, type TestApp } from '../support/app.js';
import { UNKNOWN_ID } from '../support/api-answers.js';
import { type DocumentedResponse, readDocuments, resolved } from '../support/documented-answers.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { makeKey, type Person, signUp, superAdmin } from '../support/people.js';

interface Operation {
  readonly security: readonly object[];
  readonly requestBody?: { readonly content: Record<string, object> };
  readonly responses: Record<string, DocumentedResponse>;
  readonly 'x-required-scopes'?: readonly Scope[];
  readonly 'x-required-role'?: string;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly document: OpenAPIObject;
}

describe('the error samples in the documents', () => {
  let app: TestApp;
  let calls: readonly Call[];
  let credentials: Record<string, string>;
  let root: Person;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT_ENABLED: 'false' } });
    root = await superAdmin(app);
    credentials = { ...root.headers, ...apiKey((await makeKey(app, root)).apiKey) };
    calls = (await readDocuments(app.nest)).flatMap((document) =>
      operationsIn(document).map(({ path, method, operation }) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{\w+\}/g, UNKNOWN_ID),
        operation: operation as unknown as Operation,
        document,
      })),
    );
  });
  afterAll(() => app.close());

  /** Sends to every call that `suits`, and expects a documented sample of that status as the body. */
  async function expectSamples(
    status: number,
    suits: (operation: Operation, call: Call) => boolean,
    send: (call: Call) => Promise<HttpAnswer>,
  ): Promise<void> {
    const suited = calls.filter((call) => suits(call.operation, call));
    expect(suited).not.toEqual([]);
    for (const call of suited) {
      const { status: answered, body } = await send(call);
      const samples = samplesOf(call, status);
      expect({ ...call, answered, body, samples }).toMatchObject({
        answered: status,
        samples: expect.arrayContaining([body]),
      });
    }
  }

  function samplesOf({ operation, document }: Call, status: number): unknown[] {
    const response = operation.responses[status];
    const examples = response && resolved(response, document).content?.['application/json']?.examples;
    return Object.values(examples ?? {}).map(({ value }) => value);
  }

  const takesBody = ({ requestBody }: Operation): boolean => requestBody !== undefined;
  const isGet = ({ method }: Call): boolean => method === 'GET';
  // A body of any other label is refused before the credentials are read.
  const takesNdjson = ({ requestBody }: Operation): boolean =>
    requestBody?.content['application/x-ndjson'] !== undefined;

  it('are what a call without credentials gets', async () => {
    const guarded = (operation: Operation): boolean =>
      operation.security.length > 0 &&
      operation.security.every((needed) => Object.keys(needed).length > 0) &&
      !takesNdjson(operation);
    await expectSamples(401, guarded, ({ method, path }) => app.http.call(method, path));
  });

  it('are what malformed JSON gets', async () => {
    const takesJson = (operation: Operation, call: Call): boolean => !isGet(call) && !takesNdjson(operation);
    await expectSamples(400, takesJson, ({ method, path }) =>
      app.http.call(method, path, { raw: '{', headers: { ...credentials, 'content-type': 'application/json' } }),
    );
  });

  it('are what a body of another media type gets', async () => {
    await expectSamples(
      415,
      (_, call) => !isGet(call),
      ({ method, path }) =>
        app.http.call(method, path, { raw: '<a/>', headers: { ...credentials, 'content-type': 'application/xml' } }),
    );
  });

  it('are what a body that is too large gets', async () => {
    const raw = Buffer.alloc(BODY_LIMIT + 1, ' ');
    await expectSamples(
      413,
      (operation, call) => !isGet(call) && !takesNdjson(operation),
      ({ method, path }) =>
        app.http.call(method, path, { raw, headers: { ...credentials, 'content-type': 'application/json' } }),
    );
  });

  it('name the errors of a body for no operation that does not read one', () => {
    const named = calls
      .filter((call) => isGet(call))
      .flatMap(({ path, operation }) => Object.keys(operation.responses).map((status) => `${status} ${path}`));
    expect(named.filter((entry) => /^41[35] /.test(entry))).toEqual([]);
    expect(named).not.toEqual([]);
  });

  it('are what a key without the required scope gets', async () => {
    const keys = await Promise.all(
      SCOPES.map(async (left) => {
        const others = SCOPES.filter((scope) => scope !== left);
        return [left, apiKey((await makeKey(app, root, { scopes: others })).apiKey)] as const;
      }),
    );
    const without = new Map(keys);
    const takesKey = ({ security }: Operation): boolean =>
      security.length > 1 && security.some((needed) => 'apiKey' in needed);
    const needsScope = (operation: Operation): boolean => operation['x-required-scopes'] !== undefined;
    expect(calls.filter(({ operation }) => takesKey(operation) && !needsScope(operation))).toEqual([]);
    await expectSamples(
      403,
      (operation) => takesKey(operation) && !takesNdjson(operation),
      ({ method, path, operation }) => {
        const [scope] = operation['x-required-scopes'] ?? [];
        return app.http.call(method, path, { headers: without.get(scope) ?? {} });
      },
    );
  });

  it('are what a key gets where only an access token is accepted', async () => {
    const key = apiKey((await makeKey(app, root, { scopes: [...SCOPES] })).apiKey);
    const takesToken = ({ security }: Operation): boolean =>
      security.length > 0 && security.every((needed) => Object.keys(needed).join() === 'bearer');
    await expectSamples(
      403,
      (operation) => takesToken(operation) && !takesNdjson(operation),
      ({ method, path }) => app.http.call(method, path, { headers: key }),
    );
  });

  it('are what a user gets where a higher role is required', async () => {
    const { headers } = await signUp(app);
    await expectSamples(
      403,
      (operation) => operation['x-required-role'] !== undefined && !takesNdjson(operation),
      ({ method, path }) => app.http.call(method, path, { headers }),
    );
  });

  it('are what a URL that is too long gets', async () => {
    await expectSamples(
      414,
      () => true,
      ({ method, path }) => app.http.call(method, `${path}?q=${'a'.repeat(8192)}`, { headers: credentials }),
    );
  });

  it('are what an Accept header that excludes every media type gets', async () => {
    const negotiates = (operation: Operation): boolean =>
      operation.responses['406'] !== undefined && !takesBody(operation);
    await expectSamples(406, negotiates, ({ method, path }) =>
      app.http.call(method, path, { headers: { ...credentials, accept: 'image/png' } }),
    );
  });
});
