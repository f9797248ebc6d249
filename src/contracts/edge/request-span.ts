import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestSpan, RequestTracer } from '../../common/spans.js';
import { pathOf } from '../contract.js';
import { shownPath } from './shown-path.js';

/** Balancers and Prometheus ask every few seconds, and always get the same. */
const UNTRACED = /^\/(?:health|metrics)(?:\/|$)/;

/** Begins the span of this request, which ends by itself when the request is answered or the caller is gone. */
export function startRequestSpan(
  tracer: RequestTracer | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
): RequestSpan | undefined {
  if (!tracer || UNTRACED.test(pathOf(request.url))) return undefined;
  const span = tracer.startRequest({
    requestId: request.id,
    method: request.method,
    scheme: request.protocol,
    route: request.routeOptions.url,
    path: shownPath(request.url),
    traceparent: only(request.headers['traceparent']),
    tracestate: only(request.headers['tracestate']),
  });
  const { raw } = reply;
  // Comes after every answer, and also where there was none, which no hook of Fastify's does.
  raw.once('close', () => span.end(raw.headersSent ? raw.statusCode : undefined));
  return span;
}

/** Node joins a header that was sent twice. */
function only(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
