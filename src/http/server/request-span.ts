import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestSpan, RequestTracer } from '../../common/spans.js';
import { pathOf } from '../output/contract.js';
import { shownPath } from '../output/shown-path.js';

/** Load balancers and Prometheus call these every few seconds. */
const UNTRACED = /^\/(?:health|metrics)(?:\/|$)/;

/** Starts the span of this request. It ends when the response is sent or the client disconnects. */
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
    traceparent: stringOf(request.headers['traceparent']),
    tracestate: stringOf(request.headers['tracestate']),
  });
  const { raw } = reply;
  // Unlike Fastify's hooks, this also fires where there was no response.
  raw.once('close', () => span.end(raw.headersSent ? raw.statusCode : undefined));
  return span;
}

/** Node has an array only for `set-cookie`; it joins other headers that were sent twice. */
function stringOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined;
}
