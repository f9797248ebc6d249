import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type Config } from '../../config/config.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Thrown where `METRICS_HOST` and `METRICS_PORT` are no address to listen on. */
export class MetricsListenError extends Error {
  constructor({ host, port }: Config['metricsListener'], cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `Cannot listen on METRICS_HOST ${JSON.stringify(host)} and METRICS_PORT ${port} (${reason}): ` +
        'set METRICS_PORT to a free port, and METRICS_HOST to an address of this machine',
      { cause },
    );
    this.name = 'MetricsListenError';
  }
}

/**
 * Serves `GET /metrics` on `METRICS_HOST` and `METRICS_PORT`, which no proxy in front of the API forwards to. It knows
 * no other path.
 */
@Injectable()
export class MetricsServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Metrics');
  private readonly server = createServer((request, response) => {
    this.respond(request, response).catch((error: unknown) => {
      this.logger.error('A scrape failed', error);
      response.destroy();
    });
  });

  constructor(
    private readonly registry: MetricsRegistry,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The URL of the metrics. */
  get url(): string {
    const address = this.server.address();
    const { host, port } = this.config.metricsListener;
    const listening = typeof address === 'object' && address !== null ? address.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host}:${listening}/metrics`;
  }

  /** @throws {MetricsListenError} */
  async onApplicationBootstrap(): Promise<void> {
    const { host, port } = this.config.metricsListener;
    this.server.listen(port, host);
    await once(this.server, 'listening').catch((error: unknown) => {
      throw new MetricsListenError(this.config.metricsListener, error);
    });
    this.logger.log(`Serving metrics on ${this.url}`);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    // Also those that have sent nothing, which do not count as idle.
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async respond({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = url.split('?', 1);
    if (path !== '/metrics') return end(response, 404);
    if (method !== 'GET' && method !== 'HEAD') return end(response, 405, { allow: 'GET, HEAD' });
    const text = await this.registry.scrape();
    end(response, 200, { 'content-type': this.registry.contentType, 'cache-control': 'no-store' }, text);
  }
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}, text = ''): void {
  response.writeHead(status, headers).end(text);
}
