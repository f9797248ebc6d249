import { Agent, request } from 'node:http';
import { HttpClient } from './http-client.js';

const ASK_EVERY_MS = 200;

/**
 * A balancer as small as one can be: in turn to every instance whose `/health/ready` last said 200, over kept
 * connections. It never sends anything twice: what fails, fails for the client.
 */
export class RoundRobin {
  private readonly agents = new Map<string, Agent>();
  private readonly ready = new Set<string>();
  private turn = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(urls: readonly string[]) {
    for (const url of urls) this.add(url);
  }

  add(url: string): void {
    this.agents.set(url, new Agent({ keepAlive: true }));
  }

  remove(url: string): void {
    this.agents.get(url)?.destroy();
    this.agents.delete(url);
    this.ready.delete(url);
  }

  /** Asks all once, and from then on again and again. */
  async watch(): Promise<void> {
    await this.ask();
    this.timer = setInterval(() => void this.ask(), ASK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.timer);
    for (const agent of this.agents.values()) agent.destroy();
  }

  /** The status that came back. @throws what went wrong with the connection */
  call(method: string, path: string, headers: Record<string, string>, body?: string): Promise<number> {
    const urls = [...this.ready];
    const url = urls[this.turn++ % urls.length];
    if (url === undefined) throw new Error('no instance is ready');
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      const sent = request(
        url + path,
        { method, headers: { ...headers, ...length }, agent: this.agents.get(url) },
        (answer) => {
          answer.resume();
          answer.on('error', reject).on('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      sent.on('error', reject).end(body);
    });
  }

  private async ask(): Promise<void> {
    const urls = [...this.agents.keys()];
    await Promise.all(
      urls.map(async (url) => {
        const isReady = await new HttpClient(url).get('/health/ready').then(
          ({ status }) => status === 200,
          () => false,
        );
        if (isReady && this.agents.has(url)) this.ready.add(url);
        else this.ready.delete(url);
      }),
    );
  }
}
