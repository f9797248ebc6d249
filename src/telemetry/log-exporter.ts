import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';

/** For `OTEL_TRACES_EXPORTER=console`. The SDK's own exporter writes several lines a span, which are no JSON. */
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
