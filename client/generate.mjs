// Writes what the client knows of the API, from the OpenAPI document of the built server:
//   src/operations.ts  method and path of each operation
//   src/schema.ts      the types: bodies, queries, responses, and the signature of each call (not in git)
//   npm run client:generate

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const START_TIMEOUT_MS = 120_000;
const HEADER = '// Written by client/generate.mjs from the OpenAPI document of /api. Do not edit.\n\n';

const OPERATION_TYPE = `
export interface Operation {
  readonly method: string;
  readonly path: string;
  /** The content type of its body. */
  readonly body?: string;
  readonly query?: true;
  /** Takes no credentials. */
  readonly open?: true;
  /** Returns a page of a list; the name of the call that returns all its items. */
  readonly list?: string;
}

`;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Requests the URL until it responds. @throws {Error} when the server exits, or does not respond in time */
async function read(url, server) {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (server.exitCode === null && Date.now() < giveUpAt) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return response.json();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The built server does not start');
}

async function documentOfBuiltServer() {
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-types-'));
  const port = await freePort();
  const server = spawn(process.execPath, [fileURLToPath(new URL('../dist/start.cjs', import.meta.url))], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: String(port), DATA_DIR: join(folder, 'data'), LOG_LEVEL: 'error' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = once(server, 'exit');
  try {
    return await read(`http://127.0.0.1:${port}/docs-json`, server);
  } finally {
    server.kill();
    await exited;
    await rm(folder, { recursive: true });
  }
}

/** Each operation with what its signature depends on, by name. */
function operationsOf({ paths, components }) {
  const resolve = (one) => (one?.$ref ? components[one.$ref.split('/').at(-2)][one.$ref.split('/').at(-1)] : one);
  return (
    Object.entries(paths)
      // Health checks and the key set are for operators and verifiers.
      .filter(([path]) => path.startsWith('/api/'))
      .flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
      )
      .map(({ path, method, operationId, summary, description, parameters = [], requestBody, responses, security }) => {
        const found = parameters.map(resolve);
        const status = Object.keys(responses).find((code) => code.startsWith('2'));
        const { content = {} } = resolve(responses[status]);
        const { properties = {} } = resolve(content['application/json']?.schema) ?? {};
        return {
          name: operationId,
          method: method.toUpperCase(),
          path,
          about: [summary, description].filter(Boolean),
          id: found.find((parameter) => parameter.in === 'path')?.name,
          takesQuery: found.some((parameter) => parameter.in === 'query'),
          body: Object.keys(resolve(requestBody)?.content ?? {})[0],
          isBodyRequired: resolve(requestBody)?.required === true,
          isOpen: security?.length === 0,
          status,
          contentType: Object.keys(content)[0],
          isWrapped: 'data' in properties && !('meta' in properties),
          isList: 'meta' in properties,
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  );
}

/** The module that the client needs to send its calls. */
export async function operationsModule(document) {
  const entries = operationsOf(document).map(({ name, method, path, takesQuery, body, isOpen, isList }) => {
    const flags = { method, path, ...(body && { body }), ...(takesQuery && { query: true }) };
    return `${name}: ${JSON.stringify({ ...flags, ...(isOpen && { open: true }), ...(isList && { list: loopName(name) }) })},`;
  });
  return pretty(`${HEADER}${OPERATION_TYPE}export const OPERATIONS = {\n${entries.join('\n')}\n} as const;\n`);
}

async function schemaModule(document) {
  const all = operationsOf(document);
  // These two are about the session, which the client keeps.
  const calls = all.filter(({ name }) => !['refresh', 'logOut'].includes(name));
  const lists = calls.filter(({ isList }) => isList);
  return pretty(`${HEADER}${astToString(await openapiTS(document))}
    /** Request and response bodies by their names in the API's document. */
    export type Schemas = components['schemas'];
    /** The error codes of all operations. */
    export type ErrorCode = Extract<Schemas[keyof Schemas], { statusCode: number; code: string }>['code'];
    /** One refused field, for an app that shows errors in its own words. */
    export type FieldError = Schemas['ApiFieldError'];
    export interface CallOptions {
      readonly headers?: Readonly<Record<string, string>>;
      readonly signal?: AbortSignal;
    }
    export interface Calls {${calls.map((call) => `${comment(call)}${call.name}(${inputs(call)}): ${result(call)};`).join('\n')}}
    /** The calls, each with its response beside the data: for headers such as \`ETag\`. */
    export type CallsWithResponse = {
      readonly [N in keyof Calls]: Calls[N] extends (...args: infer Args) => Promise<infer Data>
        ? (...args: Args) => Promise<{ readonly data: Data; readonly response: Response }>
        : never;
    };
    export interface Lists {${lists.map(loop).join('\n')}}
  `);
}

const idOf = ({ id }) => (id ? [`${id}: string`] : []);
const typeOf = ({ name }) => `operations['${name}']`;

function inputs(call) {
  const { body, takesQuery, isBodyRequired } = call;
  const json = `NonNullable<${typeOf(call)}['requestBody']>['content']['application/json']`;
  const bodyType = body === 'application/json' ? json : 'string | Blob';
  return [
    ...idOf(call),
    ...(body ? [`body${isBodyRequired ? '' : '?'}: ${bodyType}`] : []),
    ...(takesQuery ? [`query?: ${typeOf(call)}['parameters']['query']`] : []),
    'options?: CallOptions',
  ].join(', ');
}

function result(call) {
  const { status, contentType, isWrapped } = call;
  if (contentType === undefined) return 'Promise<void>';
  if (contentType !== 'application/json') return 'Promise<Response>';
  return `Promise<${typeOf(call)}['responses'][${status}]['content']['application/json']${isWrapped ? "['data']" : ''}>`;
}

/** `listArtists` gets a page, `artists` is for loops. */
const loopName = (name) => name.replace(/^list(.)/, (_, first) => first.toLowerCase());

function loop(call) {
  const { name, status } = call;
  const query = `query?: Omit<NonNullable<${typeOf(call)}['parameters']['query']>, 'page' | 'cursor'>`;
  const item = `${typeOf(call)}['responses'][${status}]['content']['application/json']['data'][number]`;
  return `${comment(call)}${loopName(name)}(${[...idOf(call), query].join(', ')}): AsyncGenerator<${item}, void>;`;
}

function comment({ about }) {
  const text = about.join('\n').replaceAll('*/', '*\\/');
  return `\n/**\n${text.replace(/^/gm, ' * ')}\n */\n`;
}

async function pretty(text) {
  return format(text, { ...(await resolveConfig(fileURLToPath(import.meta.url))), parser: 'typescript' });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const document = await documentOfBuiltServer();
  await writeFile(new URL('src/operations.ts', import.meta.url), await operationsModule(document));
  await writeFile(new URL('src/schema.ts', import.meta.url), await schemaModule(document));
}
