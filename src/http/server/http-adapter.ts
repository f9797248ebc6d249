import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientIp } from '../../common/ip-address.js';
import { BODY_LIMIT, HEADERS_LIMIT, PATH_PARAMETER_LIMIT } from '../../common/limits.js';
import { requestContext, type RequestContext } from '../../common/request-context.js';
import type { RequestTracer } from '../../common/spans.js';
import type { Config } from '../../config/config.js';
import { type Contract, contractOf } from '../output/contract.js';
import { closeConnections } from './connections.js';
import { corsHeaders } from './cors.js';
import { addBodyTimeout } from '../input/body-timeout.js';
import { addNdjson } from '../input/ndjson-route.js';
import { addParsers } from '../input/parsers.js';
import { rateLimitHeaders } from './rate-limit-headers.js';
import { startRequestSpan } from './request-span.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { toDomainError } from '../output/to-domain-error.js';
import { trustedProxies } from './trusted-proxies.js';
import { unreadableHandler } from './unreadable-requests.js';

/** How often Node looks for stalled connections. Its default of 30 s would double every timeout. */
const STALLED_CHECK_MS = 1000;
/** Of a connection without a request. */
const KEEP_ALIVE_MS = 65_000;

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Fastify with this server's limits, parsers and hooks. It knows the contracts only to answer errors in their shape. */
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
    // headersTimeout limits the headers, addBodyTimeout the body.
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      maxHeaderSize: HEADERS_LIMIT,
      headersTimeout: Math.min(config.requestTimeoutMs, 10_000),
      connectionsCheckingInterval: STALLED_CHECK_MS,
      // Node's own answer has no body; refuseMalformed answers in the contract's shape.
      requireHostHeader: false,
    },
    // While draining, requests on open connections are still answered; idle connections are closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PATH_PARAMETER_LIMIT },
    genReqId: (request: IncomingMessage) => {
      const given = request.headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    clientErrorHandler: unreadable,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = contractOf(request.url, contracts, fallback).presentError(toDomainError(error));
      // No hook runs for a URL that cannot be decoded.
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
  addNdjson(fastify, config.requestTimeoutMs);
  addBodyTimeout(fastify, config.requestTimeoutMs, unreadable);
  addHooks(fastify, tracer);
  if (config.rateLimitEnabled) showRateLimits(fastify);
  answerUnusualRequests(fastify, unreadable);
  closeConnections(fastify, config.requestTimeoutMs);
  return adapter;
}

const CONTEXT = Symbol('request-context');
type WithContext = FastifyRequest & { [CONTEXT]?: RequestContext };

function addHooks(fastify: FastifyInstance, tracer: RequestTracer | undefined): void {
  fastify.addHook('onRequest', (request: WithContext, reply: FastifyReply, done) => {
    const span = startRequestSpan(tracer, request, reply);
    // Without the request itself, since timers and pooled connections retain the context they were created in.
    const context: RequestContext = {
      requestId: request.id,
      ip: clientIp(request.ip, request.socket.remoteAddress),
      span,
    };
    request[CONTEXT] = context;
    void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
    requestContext.run(context, done);
  });
  // A body arrives in events of the socket, outside of the context that onRequest entered.
  fastify.addHook('preValidation', (request: WithContext, _reply, done) => {
    const context = request[CONTEXT];
    if (context && requestContext.getStore() !== context) requestContext.run(context, done);
    else done();
  });
}

function showRateLimits(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request: WithContext, reply, payload, done) => {
    const standing = request[CONTEXT]?.rateLimit;
    // Another rule than this limit may have refused the request, such as the lock of an authenticator app.
    const isMisleading = reply.statusCode === 429 && standing !== undefined && standing.remaining > 0;
    if (standing && !isMisleading) void reply.headers(rateLimitHeaders(standing));
    done(null, payload);
  });
}

/** Answers in a contract's shape what Node would answer itself, or not at all. */
function answerUnusualRequests({ server }: FastifyInstance, unreadable: ReturnType<typeof unreadableHandler>): void {
  // An Expect header other than 100-continue, which refuseMalformed refuses.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_request, socket: Socket) => {
    // Node no longer listens to its errors, and an unhandled one would end the process.
    socket.on('error', () => undefined);
    unreadable(new Error('CONNECT is for proxies'), socket);
  });
}
