import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { RequestSpan, RequestTracer, SpanValue, TracedRequest, WorkSpan } from '../common/spans.js';
import type { TracingSettings } from '../config/tracing-settings.js';
import { VERSION } from '../config/version.js';
import { ExportStatus, MonitoredExporter } from './export-status.js';
import { LogExporter } from './log-exporter.js';

/*
 * Only this folder uses OpenTelemetry, and it is loaded only where tracing is on. Spans get their parent from the
 * request context; the SDK's own context manager would double the cost of tracing a request.
 *
 * The SDK reads the endpoint, headers, timeouts, sampler, limits and resource from its standard variables.
 */

export interface Tracing extends RequestTracer {
  /** Exports what is pending, within `withinMs` milliseconds at most. Never rejects. */
  stop(withinMs: number): Promise<void>;
}

/** Other methods are recorded as `_OTHER`, so that clients cannot create any number of span names. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'QUERY']);

export function startTracing(settings: TracingSettings, logger: Pick<Logger, 'warn' | 'info'>): Tracing {
  const status = new ExportStatus(logger);
  const warn = (...words: unknown[]): void => status.sdkWarning(words);
  const ignore = (): void => undefined;
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
  setGlobalErrorHandler((error) => status.failed(error));
  const stagedoor = resourceFromAttributes({ 'service.name': 'stagedoor', 'service.version': VERSION });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(stagedoor)
      .merge(detectResources({ detectors: [serviceInstanceIdDetector, envDetector] })),
    spanProcessors: settings.exporters.map((exporter) => {
      if (exporter === 'console') return new SimpleSpanProcessor(new LogExporter(logger));
      const otlp = settings.protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
      return new BatchSpanProcessor(new MonitoredExporter(otlp, status));
    }),
  });
  const tracer = provider.getTracer('stagedoor', VERSION);
  const propagator = settings.continuesTraces ? new W3CTraceContextPropagator() : undefined;
  return {
    startRequest: ({ traceparent, tracestate, ...request }) => {
      const carrier = { traceparent, tracestate };
      const parent = propagator?.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter) ?? ROOT_CONTEXT;
      return new TracedRequestSpan(tracer, parent, request);
    },
    stop: async (withinMs) => {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((_, reject) => {
        timer = setTimeout(() => reject(new Error('The collector did not respond before the shutdown')), withinMs);
      });
      try {
        await Promise.race([provider.shutdown(), timeout]);
      } catch (error) {
        status.failed(error);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

class TracedRequestSpan implements RequestSpan {
  readonly traceId: string;
  private readonly span: Span;
  private readonly context: Context;

  constructor(
    private readonly tracer: Tracer,
    parent: Context,
    { requestId, method, scheme, route, path }: Omit<TracedRequest, 'traceparent' | 'tracestate'>,
  ) {
    const isKnown = METHODS.has(method);
    const attributes: Attributes = {
      'http.request.method': isKnown ? method : '_OTHER',
      'url.scheme': scheme,
      'url.path': path,
      'stagedoor.request_id': requestId,
    };
    if (!isKnown) attributes['http.request.method_original'] = method;
    if (route !== undefined) attributes['http.route'] = route;
    const name = [isKnown ? method : 'HTTP', ...(route === undefined ? [] : [route])].join(' ');
    this.span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    this.context = trace.setSpan(ROOT_CONTEXT, this.span);
    this.traceId = this.span.spanContext().traceId;
  }

  startCall(name: string, values: Readonly<Record<string, SpanValue>>): WorkSpan | undefined {
    return this.start(name, SpanKind.CLIENT, values);
  }

  startWork(name: string): WorkSpan | undefined {
    return this.start(name, SpanKind.INTERNAL, {});
  }

  end(status: number | undefined): void {
    if (status !== undefined) this.span.setAttribute('http.response.status_code', status);
    if (status !== undefined && status >= 500) fail(this.span, String(status));
    this.span.end();
  }

  private start(name: string, kind: SpanKind, attributes: Readonly<Record<string, SpanValue>>): WorkSpan | undefined {
    // False for a request that is not sampled, and for one that has ended.
    if (!this.span.isRecording()) return undefined;
    const span = this.tracer.startSpan(name, { kind, attributes }, this.context);
    return {
      set: (key, value) => void span.setAttribute(key, value),
      end: (errorType) => {
        if (errorType !== undefined) fail(span, errorType);
        span.end();
      },
    };
  }
}

function fail(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
