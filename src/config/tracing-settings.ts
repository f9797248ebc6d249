import type { SettingsReader } from './settings-reader.js';

/**
 * Whether requests are traced, and how traces are exported. The OpenTelemetry SDK reads its other standard variables
 * (endpoint, headers, timeouts, sampler, resource) itself; they are not repeated here.
 */
export interface TracingSettings {
  /** Not empty. `console` writes one log line per span. */
  readonly exporters: readonly TraceExporter[];
  readonly protocol: (typeof PROTOCOLS)[number];
  /** Whether a request with a `traceparent` header joins that trace. */
  readonly continuesTraces: boolean;
}

export type TraceExporter = 'otlp' | 'console';

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/**
 * Reads the standard OpenTelemetry variables that turn tracing on. Returns undefined where tracing is off.
 * Reports what the SDK would only log before it falls back (an endpoint that is not a URL), and what is not supported
 * (gRPC, Zipkin, B3).
 */
export function readTracingSettings(read: SettingsReader): TracingSettings | undefined {
  if (read.optionalString('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const endpoints = ENDPOINTS.filter((name) => read.optionalString(name) !== undefined);
  const exporters = readList(
    read,
    'OTEL_TRACES_EXPORTER',
    ['otlp', 'console', 'none'],
    endpoints.length > 0 ? ['otlp'] : [],
  ).filter((name) => name !== 'none');
  if (exporters.length === 0) return undefined;
  for (const name of endpoints) read.url(name, ['http:', 'https:']);
  const tracesProtocol = 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  const hasTracesProtocol = read.optionalString(tracesProtocol) !== undefined;
  const protocol = hasTracesProtocol ? tracesProtocol : 'OTEL_EXPORTER_OTLP_PROTOCOL';
  const propagators = readList(
    read,
    'OTEL_PROPAGATORS',
    ['tracecontext', 'baggage', 'none'],
    // Stagedoor calls no other service, so it never has baggage to forward.
    ['tracecontext'],
  );
  return {
    exporters,
    protocol: read.oneOf(protocol, PROTOCOLS, 'http/protobuf'),
    continuesTraces: propagators.includes('tracecontext'),
  };
}

function readList<T extends string>(
  read: SettingsReader,
  name: string,
  allowed: readonly T[],
  defaultValue: readonly T[],
): readonly T[] {
  const value = read.optionalString(name);
  if (value === undefined) return defaultValue;
  const parts = new Set(value.split(',').map((part) => part.trim()));
  const known = allowed.filter((candidate) => parts.has(candidate));
  if (known.length < parts.size) {
    read.report(`${name} must be one or more of ${allowed.join(', ')}, not ${JSON.stringify(value)}`);
  }
  return known;
}
