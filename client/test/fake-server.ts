import type { Session, SessionStore } from '../src/session-store.js';

export const USER = { id: 'user-1' };

/** What the server gets, in order. */
export interface Received {
  readonly call: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Responder = (received: Received) => Response | Promise<Response>;

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

export const refusal = (status: number, code: string, headers?: Record<string, string>): Response =>
  json(status, { statusCode: status, message: `It is ${code}`, error: 'Error', code }, headers);

/** A server with one user, whose tokens are `token-1`, `token-2` … */
export class FakeServer {
  readonly received: Received[] = [];
  /** The only token that it accepts. */
  token = 'token-1';
  refreshToken = 'refresh-1';
  /** Responses that stand in for its own, by call. Each is used once. */
  private readonly next = new Map<string, Responder[]>();

  readonly fetch = async (url: string, { method, headers, body }: RequestInit): Promise<Response> => {
    const call = `${method} ${url.replace('https://stagedoor.example', '')}`;
    // The client sends strings only.
    const sent = body as string | undefined;
    const given = headers as Record<string, string>;
    const isJson = given['content-type'] === 'application/json';
    const one: Received = { call, headers: given, body: isJson ? (JSON.parse(sent ?? '') as unknown) : sent };
    this.received.push(one);
    return (this.next.get(call)?.shift() ?? this.respond)(one);
  };

  instead(call: string, ...responders: Responder[]): void {
    this.next.set(call, responders);
  }

  calls(call?: string): string[] {
    return this.received.map((one) => one.call).filter((one) => call === undefined || one === call);
  }

  login(): Response {
    const data = { user: USER, token: this.token, refreshToken: this.refreshToken, expiresIn: 3600 };
    return json(200, { message: 'OK', data });
  }

  /** A new token; what held the old one is refused. */
  renewed(): Response {
    this.token = `token-${Number(this.token.slice(6)) + 1}`;
    return json(200, { message: 'OK', data: { token: this.token, expiresIn: 3600 } });
  }

  private readonly respond = ({ call, headers, body }: Received): Response => {
    if (/\/(login|signup|register|passkey)$/.test(call)) return this.login();
    if (/\/(logout|forgot)$/.test(call)) return json(200, { message: 'OK', data: null });
    if (call === 'POST /api/auth/refresh') {
      const known = (body as { refreshToken: string }).refreshToken === this.refreshToken;
      return known ? this.renewed() : refusal(401, 'invalid_refresh_token');
    }
    if (headers['x-api-key']) return json(200, { message: 'OK', data: { by: 'key' } });
    if (!headers['authorization']) return refusal(401, 'authentication_required');
    if (headers['authorization'] !== `Bearer ${this.token}`) return refusal(401, 'invalid_token');
    return json(200, { message: 'OK', data: { call } }, { etag: '"7"' });
  };
}

/** A store that several clients share, as the tabs of a browser do. */
export class SharedStore implements SessionStore {
  stored: Session | undefined;
  private readonly listeners: (() => void)[] = [];

  async read(): Promise<Session | undefined> {
    return this.stored;
  }

  async write(session: Session | undefined): Promise<void> {
    this.stored = session;
    for (const listener of this.listeners) listener();
  }

  watch(listener: () => void): void {
    this.listeners.push(listener);
  }
}
