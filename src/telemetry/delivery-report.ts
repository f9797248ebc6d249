import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';

/** More kinds of complaints than the SDK has. */
const KINDS_MAX = 50;
const COMPLAINT_MAX = 300;

/** Says in the log how the delivery of traces goes: what is wrong once, until it is well again. */
export class DeliveryReport {
  private isFailing = false;
  private readonly said = new Set<string>();

  constructor(private readonly logger: Pick<Logger, 'warn' | 'info'>) {}

  failed(error: unknown): void {
    if (this.isFailing) return;
    this.isFailing = true;
    this.logger.warn({ reason: reasonOf(error) }, 'Traces cannot be delivered; said once, until they can be again');
  }

  delivered(): void {
    if (!this.isFailing) return;
    this.isFailing = false;
    this.said.clear();
    this.logger.info('Traces are delivered again; those of the meantime are lost in part');
  }

  /** What the SDK has to complain of: a variable that it cannot read, or spans that it dropped. */
  complain(words: readonly unknown[]): void {
    const text = words.filter((word) => typeof word === 'string').join(': ');
    const kind = text.replaceAll(/\d+/g, '#');
    if (this.said.has(kind) || this.said.size >= KINDS_MAX) return;
    this.said.add(kind);
    this.logger.warn({ detail: text.slice(0, COMPLAINT_MAX) }, 'The OpenTelemetry SDK complains; said once');
  }
}

/** Never what a collector wrote in its answer. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return `the collector answers ${code}`;
  return typeof code === 'string' ? code : error.message;
}

/** Hands spans on to another exporter, and tells the report how that went. */
export class ReportingExporter implements SpanExporter {
  constructor(
    private readonly inner: SpanExporter,
    private readonly report: DeliveryReport,
  ) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.inner.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.report.delivered();
      else this.report.failed(result.error);
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
