import type { SettingsReader } from './settings-reader.js';

/**
 * Whether requests are traced, and where the traces go. What the OpenTelemetry SDK reads from its own standard variables
 * by itself (endpoint, headers, timeouts, sampler, resource) is not repeated here.
 */
export interface TracingSettings {
  /** Not empty. `console`: a line in the log for each span. */
  readonly exporters: readonly TraceExporter[];
  readonly protocol: (typeof PROTOCOLS)[number];
  /** Whether a request that brings a `traceparent` becomes a part of that trace. */
  readonly continuesTraces: boolean;
}

export type TraceExporter = 'otlp' | 'console';

const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const ENDPOINTS = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];

/**
 * Reads the standard variables that say whether there are traces. Undefined: none are asked for.
 * What the SDK would fall back from with a word in the log only (an endpoint that is no URL) is a fault, as is what is not
 * there (gRPC, Zipkin, B3).
 */
export function readTracing(read: SettingsReader): TracingSettings | undefined {
  if (read.optionalText('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const endpoints = ENDPOINTS.filter((name) => read.optionalText(name) !== undefined);
  const exporters = list(
    read,
    'OTEL_TRACES_EXPORTER',
    ['otlp', 'console', 'none'],
    endpoints.length > 0 ? ['otlp'] : [],
  ).filter((name) => name !== 'none');
  if (exporters.length === 0) return undefined;
  for (const name of endpoints) read.url(name, ['http:', 'https:']);
  const own = 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL';
  const protocolName = read.optionalText(own) === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : own;
  return {
    exporters,
    protocol: read.oneOf(protocolName, PROTOCOLS, 'http/protobuf'),
    // Stagedoor calls nobody, so there is no baggage to hand on.
    continuesTraces: list(read, 'OTEL_PROPAGATORS', ['tracecontext', 'baggage', 'none'], ['tracecontext']).includes(
      'tracecontext',
    ),
  };
}

function list<T extends string>(
  read: SettingsReader,
  name: string,
  allowed: readonly T[],
  preset: readonly T[],
): readonly T[] {
  const text = read.optionalText(name);
  if (text === undefined) return preset;
  const parts = new Set(text.split(',').map((part) => part.trim()));
  const known = allowed.filter((one) => parts.has(one));
  if (known.length < parts.size) {
    read.fault(`${name} must be one or several of ${allowed.join(', ')}, not ${JSON.stringify(text)}`);
  }
  return known;
}
