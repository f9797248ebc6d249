import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';

/** The exporter of `OTEL_TRACES_EXPORTER=console`. The SDK's own writes several lines per span, which are not JSON. */
export class LogExporter implements SpanExporter {
  constructor(private readonly logger: Pick<Logger, 'info'>) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      const line = {
        traceId,
        spanId,
        parentSpanId: span.parentSpanContext?.spanId,
        name: span.name,
        kind: SpanKind[span.kind],
        durationMs: hrTimeToMilliseconds(span.duration),
        status: SpanStatusCode[span.status.code],
        attributes: span.attributes,
      };
      this.logger.info(line, 'Span');
    }
    done({ code: ExportResultCode.SUCCESS });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
