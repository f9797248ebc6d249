import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';

/** More than the SDK has different warnings. */
const WARNINGS_MAX = 50;
const WARNING_MAX_LENGTH = 300;

/** Logs when the export of traces starts to fail and when it succeeds again, each once. */
export class ExportStatus {
  private isFailing = false;
  private readonly logged = new Set<string>();

  constructor(private readonly logger: Pick<Logger, 'warn' | 'info'>) {}

  failed(error: unknown): void {
    if (this.isFailing) return;
    this.isFailing = true;
    this.logger.warn(
      { reason: reasonOf(error) },
      'Traces cannot be exported; this is logged once, until the next success',
    );
  }

  succeeded(): void {
    if (!this.isFailing) return;
    this.isFailing = false;
    this.logged.clear();
    this.logger.info('Traces are exported again; some of those in between are lost');
  }

  /** A warning of the SDK: a variable that it cannot parse, or spans that it dropped. Logged once, whatever its numbers. */
  sdkWarning(words: readonly unknown[]): void {
    const text = words.filter((word) => typeof word === 'string').join(': ');
    const kind = text.replaceAll(/\d+/g, '#');
    if (this.logged.has(kind) || this.logged.size >= WARNINGS_MAX) return;
    this.logged.add(kind);
    this.logger.warn({ detail: text.slice(0, WARNING_MAX_LENGTH) }, 'Warning of the OpenTelemetry SDK; logged once');
  }
}

/** Never the body of the collector's response. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return `the collector responded with ${code}`;
  return typeof code === 'string' ? code : error.message;
}

/** Passes spans to another exporter and records whether that succeeded. */
export class MonitoredExporter implements SpanExporter {
  constructor(
    private readonly inner: SpanExporter,
    private readonly status: ExportStatus,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.inner.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.status.succeeded();
      else this.status.failed(result.error);
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.inner.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }
}
