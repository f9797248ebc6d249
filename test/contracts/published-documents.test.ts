import type { OpenAPIObject } from '@nestjs/swagger';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';
import { documentPath } from '../../src/http/docs/document-routes.js';
import { operationsIn } from '../../src/http/docs/operations-in.js';
import { NDJSON_MEDIA_TYPE } from '../../src/http/input/ndjson-route.js';
import { startApp, type TestApp } from '../support/app.js';
import { readDocuments } from '../support/documented-answers.js';

const JSON_PATHS = CONTRACTS.map(documentPath);

describe('the OpenAPI documents', () => {
  let app: TestApp;
  let documents: readonly OpenAPIObject[];
  beforeAll(async () => {
    app = await startApp({ env: { TRUST_PROXY: '10.0.0.1' } });
    documents = await readDocuments(app.nest);
  });
  afterAll(() => app.close());

  const serversFor = async (headers: Record<string, string>, remoteAddress = '127.0.0.1'): Promise<string[]> => {
    const answer = await app.nest.inject({ method: 'GET', url: '/openapi/api.json', headers, remoteAddress });
    return (answer.json<OpenAPIObject>().servers ?? []).map(({ url }) => url);
  };

  it.each(JSON_PATHS)('%s has an ETag, and is 304 for a client that has it', async (path) => {
    for (const one of [path, path.replace('.json', '.yaml')]) {
      const first = await app.http.get(one);
      expect(first.status).toBe(200);
      expect(first.headers.get('cache-control')).toBe('no-cache');
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"[\w-]{43}"$/);
      const again = await app.http.get(one, { headers: { 'if-none-match': etag } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag]);
      expect((await app.http.get(one, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    }
  });

  it.each(JSON_PATHS)('%s is the same as JSON and as YAML', async (path) => {
    const json = await app.http.get(path);
    const yaml = await app.http.get(path.replace('.json', '.yaml'));
    expect(json.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(yaml.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
    expect(parse(yaml.text)).toEqual(json.body);
  });

  it('are served at the addresses of earlier versions too', async () => {
    expect((await app.http.get('/docs-json')).text).toBe((await app.http.get('/openapi/api.json')).text);
    expect((await app.http.get('/docs-yaml')).text).toBe((await app.http.get('/openapi/api.yaml')).text);
    expect((await app.http.get('/docs/feed-json')).text).toBe((await app.http.get('/openapi/feed.json')).text);
  });

  it('name the server as the client reached it, and the relative URL after it', async () => {
    expect(await serversFor({ host: 'api.example:8443' })).toEqual(['http://api.example:8443', '/']);
    const { body } = await app.http.get('/openapi/v1.json');
    expect(body['info']['contact']['url']).toBe(`${app.url}/docs`);
  });

  it('believe a trusted proxy, and no other, about the URL', async () => {
    const headers = { host: 'internal', 'x-forwarded-host': 'api.example', 'x-forwarded-proto': 'https' };
    expect(await serversFor(headers, '10.0.0.1')).toEqual(['https://api.example', '/']);
    expect(await serversFor(headers, '10.0.0.2')).toEqual(['http://internal', '/']);
  });

  it.each(['a b', 'x/y', 'x?y', 'user@host', '"', 'host:port'])('name no server by the Host %s', async (host) => {
    expect(await serversFor({ host })).toEqual(['/']);
  });

  it('have no operation and no component of the same name', () => {
    const names = documents.flatMap((document) => [
      ...operationsIn(document).map(({ operation }) => operation.operationId),
      ...Object.keys(document.components?.schemas ?? {}),
      ...Object.keys(document.components?.responses ?? {}).map((name) => `response ${name}`),
    ]);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['logIn', 'v1LogIn', 'apiV1LogIn', 'feedListArtists', 'LoginAnswer']));
  });

  it('have only schemas that Ajv’s strict mode takes, formats included', () => {
    for (const { components } of documents) {
      const ajv = new Ajv({ strict: true, strictRequired: false });
      addFormats.default(ajv);
      ajv.addVocabulary(['example', 'components']);
      ajv.addSchema({ $id: 'document', components: withIds(components) });
      for (const name of Object.keys(components?.schemas ?? {})) {
        expect(() => ajv.compile({ $ref: `document#/components/schemas/${name}` }), name).not.toThrow();
      }
    }
  });

  it('describe each operation in whole sentences, with what it requires of the caller', () => {
    for (const { operation, path } of documents.flatMap(operationsIn)) {
      const [what = '', requires = ''] = (operation.description ?? '').split('\n\n');
      expect(what, path).toMatch(/^[A-Z][a-z]+ .*\.$/s);
      expect(requires, path).toMatch(/^(?:Requires|The access token) .*\.$/);
      for (const scope of (operation as { 'x-required-scopes'?: string[] })['x-required-scopes'] ?? [])
        expect(requires).toContain(`\`${scope}\``);
    }
  });

  it('give every path parameter a description and an example, and Retry-After a minimum', () => {
    for (const document of documents) {
      for (const { operation, path } of operationsIn(document)) {
        const parameters = (operation.parameters ?? []) as { in: string; description?: string; schema: object }[];
        const inPath = parameters.filter((parameter) => parameter.in === 'path');
        expect(inPath).toHaveLength(path.split('{').length - 1);
        for (const parameter of inPath) {
          expect(parameter, path).toMatchObject({
            description: expect.stringMatching(/\.$/),
            schema: { example: expect.stringMatching(/./) },
          });
        }
      }
      const text = JSON.stringify(document);
      expect(text.match(/"Retry-After":\{[^}]*\{[^}]*"minimum":1/g)).toHaveLength(
        text.split('"Retry-After"').length - 1,
      );
    }
  });

  it('require the body of an upload, and take it as a file', () => {
    const uploads = documents.flatMap(operationsIn).flatMap(({ operation: { requestBody } }) => {
      const isUpload = requestBody && 'content' in requestBody && NDJSON_MEDIA_TYPE in requestBody.content;
      return isUpload ? [requestBody] : [];
    });
    expect(uploads).toHaveLength(2);
    for (const body of uploads) {
      const media = { schema: { type: 'string', format: 'binary' }, example: expect.stringMatching(/^\{.*\}\n$/) };
      expect(body).toMatchObject({ required: true, content: { [NDJSON_MEDIA_TYPE]: media } });
    }
  });

  it('name every body for generators: no schema of a response is without a name', () => {
    for (const { paths, components } of documents) {
      const schemas = JSON.stringify([paths, components?.responses]).matchAll(
        /"application\/(?:vnd[^"]*\+)?json":\{"schema":\{"(\w+|\$ref)"/g,
      );
      expect(new Set([...schemas].map(([, first]) => first))).toEqual(new Set(['$ref']));
    }
  });
});

describe('with PUBLIC_URL', () => {
  it('the documents name it first, however they were requested', async () => {
    const app = await startApp({ env: { PUBLIC_URL: 'https://api.example/music/' } });
    const { body } = await app.http.get('/openapi/api.json');
    await app.close();
    expect(body['servers'].map(({ url }) => url)).toEqual(['https://api.example/music', '/']);
    expect(body['info']['contact']['url']).toBe('https://api.example/music/docs');
    const [curl] = body['paths']['/api/auth/login']['post']['x-codeSamples'];
    expect(curl['source']).toContain("curl -i -X POST 'https://api.example/music/api/auth/login'");
  });

  it('the documents quote it in their programs, as JSON and as YAML', async () => {
    const app = await startApp({ env: { PUBLIC_URL: "https://api.example/o'brien" } });
    const json = await app.http.get('/openapi/api.json');
    const yaml = await app.http.get('/openapi/api.yaml');
    await app.close();
    const [curl, fetch] = json.body['paths']['/api/auth/login']['post']['x-codeSamples'];
    expect(curl['source']).toContain(String.raw`curl -i -X POST 'https://api.example/o'\''brien/api/auth/login'`);
    expect(fetch['source']).toContain(`await fetch("https://api.example/o'brien/api/auth/login"`);
    expect(parse(yaml.text)).toEqual(json.body);
  });
});

/** References within a document that has an id. */
function withIds(components: unknown): unknown {
  return JSON.parse(JSON.stringify(components).replaceAll('"#/components/', '"document#/components/'));
}
