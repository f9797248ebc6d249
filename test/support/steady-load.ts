import { Agent, request } from 'node:http';
import { vi } from 'vitest';

const CLIENTS = 12;

/** Clients that list artists and create them all the time. They never retry. */
export class SteadyLoad {
  readonly failures: string[] = [];
  private answered = 0;
  private going = true;
  private readonly agent: Agent;
  private readonly clients: Promise<void[]>;

  /** `headers` authenticate the clients. With `keepAlive` each uses one connection for all its requests. */
  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
    { keepAlive }: { readonly keepAlive: boolean },
  ) {
    this.agent = new Agent({ keepAlive });
    this.clients = Promise.all(Array.from({ length: CLIENTS }, (_, name) => this.client(name)));
  }

  get requests(): number {
    return this.answered;
  }

  /** Waits until this many more requests have been answered. */
  async answers(more: number): Promise<void> {
    const before = this.answered;
    await vi.waitFor(
      () => {
        if (this.answered < before + more) throw new Error(`${this.answered - before} answers`);
      },
      { timeout: 60_000, interval: 20 },
    );
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.clients;
    this.agent.destroy();
  }

  private async client(name: number): Promise<void> {
    for (let i = 0; this.going; i++) {
      const body = i % 5 === 0 ? JSON.stringify({ name: `Artist ${name}.${i}` }) : undefined;
      try {
        const status = await this.call(body);
        this.answered++;
        if (status !== (body === undefined ? 200 : 201)) this.failures.push(String(status));
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }

  /** Lists artists, or creates one. @throws the error of the connection */
  private call(body: string | undefined): Promise<number> {
    const content = body !== undefined && { 'content-type': 'application/json', 'content-length': String(body.length) };
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.url}/api/artists`,
        { method: body === undefined ? 'GET' : 'POST', headers: { ...this.headers, ...content }, agent: this.agent },
        (answer) => {
          answer.resume();
          answer.on('error', reject).on('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      sent.on('error', reject).end(body);
    });
  }
}
