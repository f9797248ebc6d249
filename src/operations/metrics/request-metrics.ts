import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Histogram } from 'prom-client';
import { MetricsRegistry } from './metrics-registry.js';

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

@Injectable()
export class RequestMetrics {
  private inFlight = 0;
  private readonly durations: Histogram<'method' | 'route' | 'status'>;

  constructor(registry: MetricsRegistry) {
    this.durations = registry.histogram(
      'stagedoor_http_request_duration_seconds',
      'Duration of answered requests, by method, route template and status.',
      ['method', 'route', 'status'],
      LATENCY_BUCKETS_SECONDS,
    );
    registry.gauge('stagedoor_http_requests_in_flight', 'Requests that are being answered.', () => [[this.inFlight]]);
  }

  /** Counts every request and response of this server from now on. */
  observe(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (_request, { raw }, done) => {
      this.inFlight++;
      // Unlike the hooks, it fires also where the client disconnected.
      raw.once('close', () => this.inFlight--);
      done();
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      // Never the URL itself, which would make the number of series unbounded.
      const route = request.routeOptions.url ?? 'unmatched';
      const labels = { method: request.method, route, status: String(reply.statusCode) };
      this.durations.observe(labels, reply.elapsedTime / 1000);
      done();
    });
  }
}
