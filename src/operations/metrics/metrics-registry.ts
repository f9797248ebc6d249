import { Inject, Injectable } from '@nestjs/common';
import type * as PromClientLibrary from 'prom-client';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Injection token of prom-client, which is loaded only where metrics are enabled. */
export const PROM_CLIENT = Symbol('prom-client');
export type PromClient = typeof PromClientLibrary;

type Labels = Readonly<Record<string, string>>;
type Samples = readonly (readonly [value: number, labels?: Labels])[];

const LABELS = ['version', 'commit', 'state', 'outcome', 'answered_by', 'dependency', 'event', 'limit'];
const EVENT_LOOP_SAMPLE_MS = 10;

/**
 * The metrics of this instance. The modules of the core keep their own numbers and know nothing of Prometheus; the
 * classes beside this one read those numbers at each scrape.
 */
@Injectable()
export class MetricsRegistry {
  private readonly registry: Registry;

  constructor(@Inject(PROM_CLIENT) private readonly prom: PromClient) {
    this.registry = new prom.Registry();
  }

  /** Of the text that {@link scrape} returns. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in Prometheus's text format. Waits at most a second for the database, and never fails without it. */
  async scrape(): Promise<string> {
    return this.registry.metrics();
  }

  /** The metrics of the process and of Node.js that prom-client itself provides. */
  collectDefaults(): void {
    this.prom.collectDefaultMetrics({
      register: this.registry,
      eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
    });
    // Gauges with the suffix of a counter, which promtool refuses. The sums of other gauges, so nothing is lost.
    for (const what of ['handles', 'requests', 'resources']) {
      this.registry.removeSingleMetric(`nodejs_active_${what}_total`);
    }
  }

  histogram<L extends string>(name: string, help: string, labelNames: L[], buckets: number[]): Histogram<L> {
    return new this.prom.Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  /** A gauge whose samples are read at each scrape. Without samples it is left out of that scrape. */
  gauge(name: string, help: string, read: () => Samples | Promise<Samples>): void {
    new this.prom.Gauge<string>({
      ...{ name, help, labelNames: LABELS, registers: [this.registry] },
      async collect() {
        await fill(this, read);
      },
    });
  }

  /** A counter whose totals are read at each scrape. */
  counter(name: string, help: string, read: () => Samples): void {
    new this.prom.Counter<string>({
      ...{ name, help, labelNames: LABELS, registers: [this.registry] },
      async collect() {
        await fill(this, read);
      },
    });
  }
}

async function fill(metric: Gauge | Counter, read: () => Samples | Promise<Samples>): Promise<void> {
  const samples = await read();
  metric.reset();
  for (const [value, labels = {}] of samples) metric.inc(labels, value);
}
