import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import { requestContext, type RequestContext } from '../../common/request-context.js';
import type { RequestTracer } from '../../common/spans.js';
import type { Config } from '../../config/env.js';
import { type Contract, contractOf, pathOf } from '../contract.js';
import { cutSilentConnections } from './connections.js';
import { corsHeaders } from './cors.js';
import { parseFormBody } from './form-body.js';
import { BODY_LIMIT, parseJsonBody } from './json-body.js';
import { isPercentEncoded } from './percent-encoding.js';
import { startRequestSpan } from './request-span.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { toDomainError } from './to-domain-error.js';
import { unreadableHandler } from './unreadable-requests.js';

/** Bytes of all headers with the request line; over it the connection gets 431. */
export const HEADERS_LIMIT = 16_384;
/** Characters of a path with its query. */
export const URL_LIMIT = 4096;
/** How often stalled connections are looked for: Node's default of 30 s would double every limit. */
const STALLED_CHECK_MS = 1000;
const KEEP_ALIVE_MS = 65_000;

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify with our limits and parsers. Nothing in it knows a contract but for the shape of its errors. */
export function createHttpAdapter(
  config: Config,
  contracts: readonly Contract[],
  fallback: Contract,
  tracer: RequestTracer | undefined,
): FastifyAdapter {
  const unreadable = unreadableHandler(config.corsOrigins, contracts, fallback);
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: BODY_LIMIT,
    trustProxy: trustedProxies(config.trustProxy),
    requestTimeout: config.requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      maxHeaderSize: HEADERS_LIMIT,
      headersTimeout: Math.min(config.requestTimeoutMs, 10_000),
      connectionsCheckingInterval: STALLED_CHECK_MS,
      // Node would answer without a body; the onRequest hook refuses in the contract's shape.
      requireHostHeader: false,
    },
    // While draining, requests on open connections are still answered; idle connections are closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 },
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    clientErrorHandler: unreadable,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = contractOf(request.url, contracts, fallback).presentError(toDomainError(error));
      // No hook runs for an address that cannot be read.
      void reply
        .status(status)
        .headers(SECURITY_HEADERS)
        .headers(corsHeaders(config.corsOrigins, request.headers.origin))
        .header('x-request-id', request.id)
        .type('application/json; charset=utf-8')
        .send(body);
    },
  });
  const fastify: FastifyInstance = adapter.getInstance();
  addParsers(fastify, contracts);
  addHooks(fastify, tracer);
  answerOddRequests(fastify, unreadable);
  cutSilentConnections(fastify);
  return adapter;
}

/** Fastify takes a number of hops as a function only. */
function trustedProxies(setting: Config['trustProxy']): boolean | string | ((address: string, hop: number) => boolean) {
  return typeof setting === 'number' ? (_address, hop) => hop < setting : setting;
}

function addParsers(fastify: FastifyInstance, contracts: readonly Contract[]): void {
  const formPaths = new Set(contracts.flatMap((contract) => contract.formPaths ?? []));
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      assertPlainUtf8(request);
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      if (!formPaths.has(pathOf(request.url))) throw unsupported();
      assertPlainUtf8(request);
      done(null, parseFormBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** What is labelled as compressed or in another encoding is refused rather than read as something it is not. */
function assertPlainUtf8({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'];
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '')?.[1];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') throw unsupported();
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) throw unsupported();
}

function unsupported(): DomainError {
  return new DomainError('unsupported_media_type', 'The body must be JSON in UTF-8: Content-Type: application/json');
}

const CONTEXT = Symbol('request-context');
type WithContext = FastifyRequest & { [CONTEXT]?: RequestContext };

/**
 * Holds the connection, never the request or its reply: whatever outlives a request (a timer, a pooled connection)
 * keeps the context it was made in. Requests that were kept this way outlived the young generation by the thousand, and
 * collecting them took a fifth of all time.
 */
function contextOf(
  { id: requestId, ip, headers, raw: { socket } }: FastifyRequest,
  span: RequestContext['span'],
): RequestContext {
  return { requestId, ip, userAgent: headers['user-agent'], hungUp: () => socket.destroyed, span };
}

function addHooks(fastify: FastifyInstance, tracer: RequestTracer | undefined): void {
  fastify.addHook('onRequest', (request: WithContext, reply: FastifyReply, done) => {
    const context = contextOf(request, startRequestSpan(tracer, request, reply));
    request[CONTEXT] = context;
    void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    requestContext.run(context, done);
  });
  // A body arrives in events of the socket, outside of what onRequest began.
  fastify.addHook('preValidation', (request: WithContext, _reply, done) => {
    const context = request[CONTEXT];
    if (context && requestContext.getStore() !== context) requestContext.run(context, done);
    else done();
  });
}

/** Node would answer these in nobody's dialect, or with silence. */
function answerOddRequests({ server }: FastifyInstance, unreadable: ReturnType<typeof unreadableHandler>): void {
  // An Expect other than 100-continue; refused below.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_request, socket: Socket) => {
    // Node hears no more of its errors, and unheard one would end the process.
    socket.on('error', () => undefined);
    unreadable(new Error('CONNECT is for proxies'), socket);
  });
}

/**
 * Refuses what no route should see. To be called when CORS is set up: a page can read a refusal only if the headers of
 * CORS are there before it.
 */
export function refuseMalformed(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw }, _reply, done) => done(faultOf(raw)));
}

function faultOf({ url = '', httpVersion, headers, rawHeaders }: IncomingMessage): DomainError | undefined {
  if (url.length > URL_LIMIT) return new DomainError('uri_too_long', 'The address is too long');
  // The router has read the path; the reader of queries puts something else in place of what it cannot read.
  if (!isPercentEncoded(url)) return new DomainError('malformed_request', 'The address is not valid UTF-8');
  // RFC 9112, section 3.2. Node keeps the first of two; a proxy may have looked at the other.
  const hosts = countHosts(rawHeaders);
  if (hosts > 1) return new DomainError('malformed_request', 'There are two Host headers');
  if (hosts < 1 && httpVersion === '1.1') return new DomainError('malformed_request', 'The Host header is missing');
  // RFC 9110, section 10.1.1.
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return new DomainError('malformed_request', 'The Expect header asks for something that is not known');
  }
  return undefined;
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}
