import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { vi } from 'vitest';

const PATIENCE_MS = 30_000;

/** A delivery as it was received. */
export interface Delivery {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A span of OTLP/JSON, with its attributes as an object. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** 0 unset, 2 error. */
  readonly status: { readonly code: number; readonly message?: string };
  readonly events: readonly unknown[];
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly resource: Readonly<Record<string, string | number>>;
}

export const INTERNAL = 1;
export const SERVER = 2;
export const CLIENT = 3;
export const ERROR = 2;

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number>>;
}
type WireSpan = Omit<ReceivedSpan, 'attributes' | 'resource'> & { readonly attributes: readonly WireAttribute[] };
interface WireBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** An OpenTelemetry collector that records deliveries, on a free port. */
export class OtlpCollector {
  readonly deliveries: Delivery[] = [];
  /** The status of responses; `hang`: deliveries are read and get no response. */
  mode: number | 'hang' = 200;
  /** Its URL, also after it stopped. */
  readonly url: string;

  private constructor(private readonly server: Server) {
    this.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        this.deliveries.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(parts) });
        if (this.mode !== 'hang') response.writeHead(this.mode, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<OtlpCollector> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OtlpCollector(server);
  }

  /** The spans of all deliveries in JSON. */
  get spans(): ReceivedSpan[] {
    return this.deliveries
      .flatMap(({ body }) => (JSON.parse(body.toString()) as WireBody).resourceSpans)
      .flatMap(({ resource, scopeSpans }) =>
        scopeSpans
          .flatMap(({ spans }) => spans)
          .map((span) => ({ ...span, attributes: named(span.attributes), resource: named(resource.attributes) })),
      );
  }

  /** Waits for this many more deliveries. */
  async getsMore(count: number): Promise<void> {
    const enough = this.deliveries.length + count;
    await vi.waitFor(
      () => {
        if (this.deliveries.length < enough) throw new Error(`${this.deliveries.length} of ${enough} deliveries`);
      },
      { timeout: PATIENCE_MS, interval: 10 },
    );
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

function named(attributes: readonly WireAttribute[]): Record<string, string | number> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
