import { readFile, writeFile } from 'node:fs/promises';
import type { OpenAPIObject } from '@nestjs/swagger';
import prettier from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';
import type { OperationExample } from '../../src/http/docs/examples.js';
import { operationsIn } from '../../src/http/docs/operations-in.js';
import { ACCOUNT_FIXTURES } from '../support/account-fixtures.js';
import { type DocumentedResponse, readDocuments, resolved } from '../support/documented-answers.js';
import { type Fixture, record, type Recorded } from '../support/example-calls.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { API_V1_FIXTURES, FEED_FIXTURES, OPERATIONS_FIXTURES, V1_FIXTURES } from '../support/other-fixtures.js';
import { PASSKEY_ENV } from '../support/passkeys.js';
import { ROSTER_FIXTURES } from '../support/roster-fixtures.js';

/** By the name of the contract whose document has the operations. */
const FIXTURES: Readonly<Record<string, Readonly<Record<string, Fixture>>>> = {
  api: { ...ACCOUNT_FIXTURES, ...ROSTER_FIXTURES, ...OPERATIONS_FIXTURES },
  'api-v1': API_V1_FIXTURES,
  v1: V1_FIXTURES,
  feed: FEED_FIXTURES,
};

const MUST_WRITE = process.env['UPDATE_DOCS'] === '1';

describe('the examples in the OpenAPI documents', () => {
  let app: MailApp;
  let documents: readonly OpenAPIObject[];
  beforeAll(async () => {
    app = await startMailApp({ env: PASSKEY_ENV });
    documents = await readDocuments(app.nest);
  });
  afterAll(() => app.close());

  it('come from a fixture for every operation', () => {
    const operations = documents.flatMap(operationsIn).map(({ operation }) => operation.operationId);
    const fixtures = Object.values(FIXTURES).flatMap((some) => Object.keys(some));
    expect(fixtures.sort()).toEqual([...operations].sort());
  });

  it('are those of the request and of the success of every operation that has a body there', () => {
    const missing = documents.flatMap((document) =>
      operationsIn(document).flatMap(({ operation }) => {
        const {
          operationId = '',
          responses,
          requestBody,
        } = operation as unknown as {
          operationId?: string;
          responses: Record<string, DocumentedResponse>;
          requestBody?: { content: Record<string, { example?: unknown }> };
        };
        const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
        const bodies = [requestBody ?? {}, ...successes.map(([, response]) => resolved(response, document))];
        const media = bodies.flatMap(({ content = {} }) => Object.values(content));
        return media.every(({ example }) => example !== undefined) ? [] : [operationId];
      }),
    );
    expect(missing).toEqual([]);
  });

  describe.each(CONTRACTS.map((contract, i) => [contract.name, i] as const))('%s', (name, i) => {
    const recorded = new Map<string, Promise<Recorded>>();
    /** Executed once, whichever test asks for it first. */
    const recordOnce = (operationId: string): Promise<Recorded> => {
      const once =
        recorded.get(operationId) ?? record(app, CONTRACTS[i], documents[i], operationId, FIXTURES[name][operationId]);
      recorded.set(operationId, once);
      return once;
    };
    const operationIds = Object.keys(FIXTURES[name]);

    it.each(operationIds)('%s', async (operationId) => {
      const document = documents[i];
      const { example, errors } = await recordOnce(operationId);
      if (MUST_WRITE) return;
      const found = operationsIn(document).find(({ operation }) => operation.operationId === operationId);
      const { responses, requestBody } = found?.operation as unknown as {
        responses: Record<string, DocumentedResponse>;
        requestBody?: { content: Record<string, { example?: unknown }> };
      };
      const [body] = Object.values(requestBody?.content ?? {});
      if (example.request) expect(body?.example).toEqual(example.request);
      for (const { status, body: answered } of errors) {
        const [media] = Object.values(resolved(responses[status], document).content ?? {});
        const samples = Object.values(media?.examples ?? {}).map(({ value }) => value);
        // What is wrong with the input differs from call to call: one of them is the example.
        if (status !== 400) expect(samples).toContainEqual(answered);
      }
    });

    it('are those that this test writes (npm run docs:examples)', async () => {
      const file = new URL(`../../src/contracts/${name}/${name}.examples.ts`, import.meta.url);
      const constant = `${name.toUpperCase().replace('-', '_')}_EXAMPLES`;
      const written: Record<string, OperationExample> = {};
      for (const operationId of operationIds) {
        written[operationId] = (await recordOnce(operationId)).example;
      }
      const source = `import type { Examples } from '../../http/docs/examples.js';

/** Written by \`npm run docs:examples\` from executed calls. Do not edit. */
export const ${constant}: Examples = ${JSON.stringify(written)};
`;
      const options = await prettier.resolveConfig(file);
      const text = await prettier.format(source, { ...options, parser: 'typescript' });
      if (MUST_WRITE) await writeFile(file, text);
      expect(await readFile(file, 'utf8')).toBe(text);
    });
  });
});
