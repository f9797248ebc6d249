import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream';
import { applyDecorators, createParamDecorator, type ExecutionContext, Header, HttpCode } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import { stopBodyTimeout } from './body-timeout.js';
import { refuseUnlessEmpty } from './empty-body.js';
import { NdjsonUpload } from './ndjson-upload.js';
import { isPlainUtf8 } from './plain-utf8.js';

/** Newline-delimited JSON: an object a line. */
export const NDJSON_MEDIA_TYPE = 'application/x-ndjson';

const UPLOAD = Symbol('ndjson-upload');
const RESPONSE = Symbol('ndjson-response');
type WithUpload = FastifyRequest & { [UPLOAD]?: NdjsonUpload; [RESPONSE]?: ServerResponse };

interface NdjsonRouteConfig {
  readonly takesNdjson?: boolean;
}

/** Marks a route that takes only NDJSON and answers in it. Other routes refuse NDJSON with 415. */
export const NdjsonRoute = (): MethodDecorator =>
  applyDecorators(
    RouteConfig({ takesNdjson: true } satisfies NdjsonRouteConfig),
    ApiConsumes(NDJSON_MEDIA_TYPE),
    HttpCode(200),
    Header('content-type', `${NDJSON_MEDIA_TYPE}; charset=utf-8`),
  );

/** The body of an {@link NdjsonRoute}, unread. */
export const NdjsonBody = createParamDecorator((_: unknown, context: ExecutionContext): NdjsonUpload => {
  const upload = context.switchToHttp().getRequest<WithUpload>()[UPLOAD];
  if (!upload) throw unsupportedNdjson();
  return upload;
});

/** Hands uploads to the routes that take them, and ends them at shutdown. `idleMs`: how long a client may send nothing. */
export function addNdjson(fastify: FastifyInstance, idleMs: number): void {
  const shutdown = new AbortController();
  fastify.addHook('preClose', (done) => {
    shutdown.abort(shuttingDown());
    done();
  });
  fastify.addHook('preParsing', (request: WithUpload, reply, _payload, done) => {
    if (!takesNdjson(request)) return done();
    request[RESPONSE] = reply.raw;
    done(mediaTypeOf(request) === NDJSON_MEDIA_TYPE ? null : unsupportedNdjson());
  });
  fastify.addContentTypeParser(NDJSON_MEDIA_TYPE, async (request: WithUpload, payload: IncomingMessage) => {
    const response = request[RESPONSE];
    if (!response) return refuseUnlessEmpty(payload);
    if (!isPlainUtf8(request)) throw unsupportedNdjson();
    request[UPLOAD] = new NdjsonUpload(request.raw, {
      idleMs,
      shutdown: shutdown.signal,
      answered: answeredOrGone(response, request.raw.socket),
      onStart: () => stopBodyTimeout(request.raw),
    });
    return undefined;
  });
}

/** Not `finished` alone: a response that still waits for its turn on the connection never hears that this was closed. */
function answeredOrGone(response: ServerResponse, socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('close', settle);
      resolve();
    };
    socket.once('close', settle);
    finished(response, settle);
  });
}

export function takesNdjson(request: FastifyRequest): boolean {
  return (request.routeOptions.config as NdjsonRouteConfig).takesNdjson === true;
}

/** In lower case, without its parameters. */
export function mediaTypeOf({ headers }: FastifyRequest): string | undefined {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}

/** The error for a body that is not labelled as NDJSON. */
export function unsupportedNdjson(): DomainError {
  return new DomainError('unsupported_media_type', {
    message: `The body must be NDJSON encoded as UTF-8 (Content-Type: ${NDJSON_MEDIA_TYPE})`,
  });
}

function shuttingDown(): DomainError {
  return new DomainError('service_unavailable', {
    message: 'The server is shutting down; send the lines that have no answer again',
  });
}
