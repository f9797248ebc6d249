import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import { type Contract, pathOf } from '../output/contract.js';
import { declaresBody } from './declares-body.js';
import { refuseUnlessEmpty } from './empty-body.js';
import { parseFormBody } from './form-body.js';
import { parseJsonBody } from './json-body.js';
import { mediaTypeOf, NDJSON_MEDIA_TYPE, takesNdjson } from './ndjson-route.js';
import { assertPlainUtf8 } from './plain-utf8.js';

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';
const PARSED: ReadonlySet<string> = new Set([JSON_TYPE, FORM_TYPE, NDJSON_MEDIA_TYPE]);

/** JSON bodies for every route, and forms for those that a contract names. */
export function addParsers(fastify: FastifyInstance, contracts: readonly Contract[]): void {
  const formPaths = new Set(contracts.flatMap((contract) => contract.formPaths ?? []));
  fastify.removeAllContentTypeParsers();
  // Browsers and curl label an empty body too, as text or as a form. Without a label, Fastify reads no body where none is
  // declared, and uses the parser for `*` otherwise. It would refuse a malformed label without looking at the body.
  fastify.addHook('preParsing', (request, _reply, _payload, done) => {
    const isIgnored = declaresBody(request.raw.headers) ? !isParsed(request) : !takesNdjson(request);
    if (isIgnored) delete request.raw.headers['content-type'];
    done();
  });
  fastify.addContentTypeParser('*', (_request: FastifyRequest, payload: IncomingMessage) => refuseUnlessEmpty(payload));
  fastify.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      if (body.length > 0) assertPlainUtf8(request);
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addContentTypeParser(FORM_TYPE, { parseAs: 'buffer' }, (request, body, done) => {
    try {
      if (body.length === 0) return done(null, undefined);
      if (!formPaths.has(pathOf(request.url))) throw new DomainError('unsupported_media_type');
      assertPlainUtf8(request);
      done(null, parseFormBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

function isParsed(request: FastifyRequest): boolean {
  return PARSED.has(mediaTypeOf(request) ?? '');
}
