import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';
import { documentPath } from '../../src/http/docs/document-routes.js';
import { exampleName } from '../../src/http/docs/error-responses.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  type DocumentedResponse,
  faultOf,
  operationsOf,
  readDocuments,
  resolved,
} from '../support/documented-answers.js';

interface DocumentedAccess {
  readonly security?: readonly object[];
  readonly responses: Record<string, DocumentedResponse>;
}

describe('the published OpenAPI documents', () => {
  let app: TestApp;
  let documents: OpenAPIObject[];

  beforeAll(async () => {
    app = await startApp();
    documents = await readDocuments(app.nest);
  });
  afterAll(() => app.close());

  it('are served at the URLs that the docs page loads', async () => {
    for (const contract of CONTRACTS) {
      const answer = await app.http.get(documentPath(contract));
      expect(answer.status).toBe(200);
      expect(answer.body.info.title).toBe(contract.title);
    }
  });

  it('document the errors that occur before a request reaches its operation', () => {
    expect(documents).toHaveLength(CONTRACTS.length);
    for (const document of documents) {
      const operations = Object.values(document.paths).flatMap((item) =>
        Object.values(item as Record<string, DocumentedAccess>),
      );
      expect(operations).not.toEqual([]);
      for (const { responses } of operations) {
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['414', '431']));
      }
    }
  });

  it('document that an API key is refused while its owner has to do something first', () => {
    const prefixes: string[] = [];
    for (const [i, document] of documents.entries()) {
      const { prefix, errorWords } = CONTRACTS[i];
      const words = [errorWords.email_not_verified, errorWords.second_factor_setup_required].map(exampleName);
      const taking = Object.values(document.paths)
        .flatMap((item) => Object.values(item as Record<string, DocumentedAccess>))
        .filter(({ security }) => security?.some((needed) => 'apiKey' in needed));
      if (taking.length > 0) prefixes.push(prefix);
      for (const { responses } of taking) {
        const { content = {} } = resolved(responses['403'], document);
        expect(Object.keys(content['application/json'].examples ?? {})).toEqual(expect.arrayContaining(words));
      }
    }
    expect(prefixes).toEqual(['api', 'v1', '']);
  });

  it('describe exactly the tags that operations have, and the one that leads to the guide', () => {
    for (const document of documents) {
      const operations = Object.values(document.paths).flatMap((item) => Object.values(item as object)) as {
        tags: string[];
      }[];
      const used = new Set(operations.flatMap((operation) => operation.tags));
      const described = document.tags?.map((tag) => tag.name).filter((name) => name !== 'Start here');
      expect(new Set(described)).toEqual(used);
    }
  });
});

describe('the check of every response against its document', () => {
  const operations = operationsOf({
    openapi: '3.0.0',
    info: { title: 'A document', version: '1' },
    paths: {
      '/things/{id}': {
        get: {
          responses: {
            200: {
              description: 'OK',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
            },
            204: { description: 'None' },
          },
        },
      },
      '/things/mine': { get: { responses: { 204: { description: 'None' } } } },
    },
    components: {
      schemas: {
        Kind: { type: 'string', enum: ['big', 'small'] },
        Thing: {
          type: 'object',
          required: ['kind', 'since'],
          properties: {
            kind: {
              oneOf: [{ $ref: '#/components/schemas/Kind' }, { type: 'object', nullable: true, enum: [null] }],
            },
            former: { nullable: true, allOf: [{ $ref: '#/components/schemas/Kind' }] },
            since: { type: 'string', format: 'date-time', nullable: true },
          },
        },
      },
    },
  });
  const check = (status: number, body: unknown, path = '/things/1'): string | undefined => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = new Headers({ 'content-type': 'application/json; charset=utf-8' });
    return faultOf(operations, 'GET', path, { status, headers, text, body });
  };

  it.each([
    ['as documented', 200, { kind: 'big', since: '2026-01-01T00:00:00.000Z' }],
    ['null where that is allowed', 200, { kind: null, since: null }],
    ['no body where none is documented', 204, undefined],
  ])('accepts: %s', (_, status, body) => {
    expect(check(status, body)).toBeUndefined();
  });

  it.each([
    ['an undocumented status', 404, {}, 'does not know'],
    ['a missing field', 200, { kind: 'big' }, "must have required property 'since'"],
    ['an additional field', 200, { kind: 'big', since: null, secret: 1 }, 'must NOT have additional properties'],
    [
      'a value that is not in the enum',
      200,
      { kind: 'huge', since: null },
      'must be equal to one of the allowed values',
    ],
    [
      'null beside a reference, where nullable is without a type',
      200,
      { kind: 'big', since: null, former: null },
      '/former must be string',
    ],
    ['a string of another format', 200, { kind: 'big', since: 'yesterday' }, 'must match format'],
    ['a body where none is documented', 204, {}, 'documented is none'],
  ])('refuses: %s', (_, status, body, reason) => {
    expect(check(status, body)).toContain(reason);
  });

  it('prefers a literal path to a matching template', () => {
    expect(check(200, { kind: null, since: null }, '/things/mine')).toContain('does not know');
  });
});
