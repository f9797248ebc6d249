import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type * as PromClientLibrary from 'prom-client';
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Clock } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/env.js';
import { KeyCache } from '../../modules/api-keys/key-cache.js';
import { PasswordHasher } from '../../modules/auth/passwords/password-hasher.js';
import { RefreshTokenPurgeJob } from '../../modules/auth/sessions/refresh-token-purge.job.js';
import { SessionCensus } from '../../modules/auth/sessions/session-census.js';
import { HealthService } from '../../modules/health/health.service.js';
import { Revocations } from '../../modules/revocations/revocations.service.js';

/** Injection token of the library that keeps and writes the figures. It is loaded only where it is used. */
export const PROM_CLIENT = Symbol('prom-client');
export type PromClient = typeof PromClientLibrary;

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const LOOP_SAMPLE_MS = 10;

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels];

/**
 * What Prometheus is told. Modules know their own numbers and nothing of this; they are asked when somebody scrapes.
 * Only requests are counted as they end, by {@link observe}.
 */
@Injectable()
export class Metrics implements OnModuleDestroy {
  private readonly registry: Registry;
  private readonly requests: Histogram<'method' | 'route' | 'status'>;
  private readonly loopDelay: IntervalHistogram;

  constructor(
    @Inject(PROM_CLIENT) private readonly prom: PromClient,
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
    private readonly health: HealthService,
    private readonly hasher: PasswordHasher,
    private readonly census: SessionCensus,
    private readonly purge: RefreshTokenPurgeJob,
    private readonly revocations: Revocations,
    private readonly keyCache: KeyCache,
  ) {
    this.registry = new prom.Registry();
    this.requests = new prom.Histogram({
      name: 'stagedoor_http_request_duration_seconds',
      help: 'Requests that were answered, by method, route template and status, and how long each took.',
      labelNames: ['method', 'route', 'status'],
      buckets: LATENCY_BUCKETS_SECONDS,
      registers: [this.registry],
    });
    this.loopDelay = monitorEventLoopDelay({ resolution: LOOP_SAMPLE_MS });
    this.loopDelay.enable();
    this.addProcess();
    this.addDatabase();
    this.addHashing();
    this.addSessions();
    this.addMemories();
  }

  /** Of the text that {@link scrape} returns. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Counts every answer of this server from now on. */
  observe(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      // Never the address itself: anybody can think of any number of addresses.
      const route = request.routeOptions.url ?? 'unmatched';
      const labels = { method: request.method, route, status: String(reply.statusCode) };
      this.requests.observe(labels, reply.elapsedTime / 1000);
      done();
    });
  }

  /** All figures in Prometheus's text format. Waits at most a second for the database, and never fails without it. */
  async scrape(): Promise<string> {
    return this.registry.metrics();
  }

  onModuleDestroy(): void {
    this.loopDelay.disable();
  }

  private addProcess(): void {
    const { loopDelay } = this;
    this.gauge('stagedoor_build_info', 'Always 1; the label says which version runs.', () => [
      [1, { version: this.health.version }],
    ]);
    this.gauge('process_resident_memory_bytes', 'Memory that the process holds.', () => [[process.memoryUsage.rss()]]);
    this.counter('process_cpu_seconds_total', 'Processor time spent, by the program and by the system for it.', () => {
      const { user, system } = process.cpuUsage();
      return [[(user + system) / 1e6]];
    });
    this.gauge(
      'stagedoor_event_loop_lag_seconds',
      'How late the event loop was since the last scrape: its median, 99th percentile and worst.',
      () => {
        const lag = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - LOOP_SAMPLE_MS / 1000);
        const samples: Sample[] =
          loopDelay.count === 0
            ? []
            : [
                [lag(loopDelay.percentile(50)), { quantile: '0.5' }],
                [lag(loopDelay.percentile(99)), { quantile: '0.99' }],
                [lag(loopDelay.max), { quantile: '1' }],
              ];
        loopDelay.reset();
        return samples;
      },
    );
  }

  private addDatabase(): void {
    this.gauge('stagedoor_database_pool_connections', "The pool's open connections, by what they do.", () => {
      const { total, idle } = this.health.poolStats();
      return [
        [total - idle, { state: 'busy' }],
        [idle, { state: 'idle' }],
      ];
    });
    this.gauge('stagedoor_database_pool_waiting', 'Callers in line for a connection.', () => [
      [this.health.poolStats().waiting],
    ]);
    this.gauge('stagedoor_database_pool_max', 'Connections that the pool may open.', () => [
      [this.config.databaseUrl === undefined ? 1 : this.config.databasePoolMax],
    ]);
  }

  private addHashing(): void {
    this.gauge('stagedoor_password_hashes_running', 'Password hashes under way.', () => [
      [this.hasher.queueStats().running],
    ]);
    this.gauge('stagedoor_password_hashes_waiting', 'Password hashes in line.', () => [
      [this.hasher.queueStats().waiting],
    ]);
    this.counter('stagedoor_password_hashes_shed_total', 'Logins and sign-ups turned away: the line was full.', () => [
      [this.hasher.queueStats().shed],
    ]);
  }

  private addSessions(): void {
    this.gauge(
      'stagedoor_sessions',
      'Sessions in the database, of all instances; at most 1,000,000 are counted.',
      async () => {
        const count = await this.census.latest();
        return count
          ? [
              [count.live, { state: 'live' }],
              [count.expired, { state: 'expired' }],
            ]
          : [];
      },
    );
    this.gauge('stagedoor_sessions_count_age_seconds', 'How old the count of sessions is.', async () => {
      const count = await this.census.latest();
      return count ? [[this.secondsSince(count.countedAt)]] : [];
    });
    this.gauge(
      'stagedoor_oldest_expired_session_age_seconds',
      'How long the expired session that waits longest has waited for the purge; 0 when none does.',
      async () => {
        const count = await this.census.latest();
        return count ? [[count.oldestExpiredAt ? this.secondsSince(count.oldestExpiredAt) : 0]] : [];
      },
    );
    this.counter('stagedoor_purge_runs_total', 'Purges that this instance ran.', () => {
      const { succeeded, failed } = this.purge.stats();
      return [
        [succeeded, { outcome: 'succeeded' }],
        [failed, { outcome: 'failed' }],
      ];
    });
    this.counter('stagedoor_purged_sessions_total', 'Expired sessions that this instance deleted.', () => [
      [this.purge.stats().deleted],
    ]);
  }

  private addMemories(): void {
    this.gauge('stagedoor_revocation_feed_age_seconds', 'How old the last answer is about what was taken back.', () => {
      const { lastAnswerAgeMs } = this.revocations.stats();
      return lastAnswerAgeMs === undefined ? [] : [[lastAnswerAgeMs / 1000]];
    });
    this.gauge(
      'stagedoor_revocation_feed_sure',
      '1 while tokens are checked from memory, 0 while each is checked in the database.',
      () => [[this.revocations.stats().isSure ? 1 : 0]],
    );
    this.gauge('stagedoor_ended_sessions_remembered', 'Ended sessions whose tokens could still be valid.', () => [
      [this.revocations.stats().endedSessions],
    ]);
    this.counter('stagedoor_api_key_lookups_total', 'Look-ups of API keys, by who answered.', () => {
      const { hits, misses } = this.keyCache.stats();
      return [
        [hits, { answered_by: 'memory' }],
        [misses, { answered_by: 'database' }],
      ];
    });
    this.gauge('stagedoor_api_keys_remembered', 'API keys in memory.', () => [[this.keyCache.stats().size]]);
  }

  private secondsSince(instant: Date): number {
    return Math.max(0, (this.clock.now().getTime() - instant.getTime()) / 1000);
  }

  private gauge(name: string, help: string, read: () => readonly Sample[] | Promise<readonly Sample[]>): void {
    new this.prom.Gauge<string>({
      ...{ name, help, labelNames: LABELS, registers: [this.registry] },
      async collect() {
        await fill(this, read);
      },
    });
  }

  private counter(name: string, help: string, read: () => readonly Sample[]): void {
    new this.prom.Counter<string>({
      ...{ name, help, labelNames: LABELS, registers: [this.registry] },
      async collect() {
        await fill(this, read);
      },
    });
  }
}

const LABELS = ['version', 'quantile', 'state', 'outcome', 'answered_by'];

async function fill(
  metric: Gauge | Counter,
  read: () => readonly Sample[] | Promise<readonly Sample[]>,
): Promise<void> {
  const samples = await read();
  // What is not known this time is left out rather than shown as it was.
  metric.reset();
  for (const [value, labels = {}] of samples) metric.inc(labels, value);
}
