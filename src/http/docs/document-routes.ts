import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Contract } from '../output/contract.js';
import { unlessUnchanged } from '../output/unless-unchanged.js';
import { baseUrlOf } from './base-url.js';
import type { PublishedDocument } from './published-document.js';

/** The stable URL path of a contract's OpenAPI document; that of its YAML ends in `.yaml`. */
export function documentPath({ name }: Contract): string {
  return `/openapi/${name}.json`;
}

/** Addresses of earlier versions, which clients still load. */
function earlierPaths({ name }: Contract, isMain: boolean): string[] {
  return isMain ? ['/docs-json', '/docs-yaml'] : [`/docs/${name}-json`];
}

interface ServedDocument {
  readonly contract: Contract;
  readonly isMain: boolean;
  /** Called for each request. */
  readonly read: () => PublishedDocument;
  /** Where clients reach the server; undefined: as the request at hand did. */
  readonly publicUrl: string | undefined;
}

/** Serves a document as JSON and YAML, with its version as the ETag. */
export function serveDocument(fastify: FastifyInstance, served: ServedDocument): void {
  const { contract, isMain } = served;
  const json = documentPath(contract);
  const paths = [json, json.replace(/json$/, 'yaml'), ...earlierPaths(contract, isMain)];
  for (const path of paths) {
    const format = path.endsWith('yaml') ? 'yaml' : 'json';
    fastify.get(path, (request, reply) => send(served, format, request, reply));
  }
}

const MEDIA_TYPES = { json: 'application/json; charset=utf-8', yaml: 'application/yaml; charset=utf-8' } as const;

function send(
  { read, publicUrl }: ServedDocument,
  format: keyof typeof MEDIA_TYPES,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { text, etag } = read().write(format, publicUrl ?? baseUrlOf(request));
  void reply.header('cache-control', 'no-cache').type(MEDIA_TYPES[format]);
  return reply.send(unlessUnchanged(text, etag, request.headers['if-none-match'], reply));
}
