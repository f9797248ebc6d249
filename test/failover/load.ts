import { setTimeout as pause } from 'node:timers/promises';
import { apiKey, bearer, type HttpAnswer, type HttpClient, type Json } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { Instance } from './instance.js';
import { Ledger, type Revoked } from './ledger.js';

/** Between two steps of a client, so that the load leaves the cluster some of the machine. */
const THINK_MS = { writer: 20, sessions: 200, keys: 100, probe: 50 };
/** A revocation reaches the other instances within a second. */
const REVOKED_WITHIN_MS = 1000;
const PROBED = 20;
const KEPT_KEY_EVERY = 20;
/** Of each client: a user has at most 100. */
const KEPT_KEYS_MAX = 50;
const CHECKS_AT_ONCE = 8;

interface Person {
  readonly email: string;
  readonly headers: Record<string, string>;
}

/**
 * Clients of all instances that write artists, log in, refresh, log out, and create and delete API keys, until it is
 * stopped. Others present the latest revoked credentials all the time.
 */
export class Load {
  readonly ledger = new Ledger();
  readonly instances: readonly Instance[];
  private isGoing = true;
  private clients: readonly Promise<void>[] = [];

  constructor(servers: readonly HttpClient[]) {
    this.instances = servers.map((http, index) => new Instance(index, http));
  }

  async start(): Promise<void> {
    const people = await Promise.all(this.instances.map((instance) => signUp(instance)));
    this.clients = this.instances.flatMap((instance, index) => [
      this.write(instance, people[index]),
      this.logInAndOut(instance, people[index]),
      this.createAndDeleteKeys(instance, people[index]),
      this.probe(instance),
    ]);
  }

  async stop(): Promise<void> {
    this.isGoing = false;
    await Promise.all(this.clients);
  }

  get faults(): string[] {
    return this.instances.flatMap(({ faults }) => faults);
  }

  /** Waits until every instance has acknowledged this many more writes. */
  async writes(count: number): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.writes(count)));
  }

  /** Waits until every instance has refused this many more requests. */
  async refusals(count: number): Promise<void> {
    await Promise.all(this.instances.map((instance) => instance.refuses(count)));
  }

  /** Uses every session and key that was acknowledged, and every one that was revoked. What is wrong is a fault. */
  async useAll(): Promise<void> {
    const { sessions, keys, revoked } = this.ledger;
    await inTurns([...sessions], async (session, i) => {
      const { refreshToken } = session;
      const answer = await this.insist(this.at(i), 'POST', '/api/auth/refresh', { json: { refreshToken } }, 200);
      if (answer) session.refreshToken = answer.body.data.refreshToken;
    });
    for (const instance of this.instances) {
      await inTurns([...keys], (key) => this.insist(instance, 'GET', '/api/users/me', { headers: apiKey(key) }, 200));
      await inTurns([...revoked], ({ headers }) => this.insist(instance, 'GET', '/api/users/me', { headers }, 401));
    }
  }

  private at(index: number): Instance {
    return this.instances[index % this.instances.length];
  }

  /** Repeats a request until it is served. Undefined after a fault. */
  private async insist(
    instance: Instance,
    method: string,
    path: string,
    options: Parameters<Instance['send']>[2],
    ...expected: readonly number[]
  ): Promise<HttpAnswer | undefined> {
    while (instance.faults.length === 0) {
      const answer = await instance.send(method, path, options, ...expected);
      if (answer) return answer;
    }
    return undefined;
  }

  private async write(instance: Instance, { headers }: Person): Promise<void> {
    for (let i = 0; this.isGoing; i++) {
      const name = `Artist ${instance.index}.${i}`;
      if (await instance.send('POST', '/api/artists', { headers, json: { name } }, 201)) {
        instance.wrote();
        this.ledger.artists.push(name);
      }
      await pause(THINK_MS.writer);
    }
  }

  /** Logs in and refreshes on the other instance; every second session is then revoked, the others stay. */
  private async logInAndOut(instance: Instance, { email }: Person): Promise<void> {
    for (let i = 0; this.isGoing; i++) {
      const login = await instance.send('POST', '/api/auth/login', { json: { email, password: PASSWORD } }, 200);
      if (login) await this.useSession(instance, login.body.data.refreshToken, i % 2 === 0);
      await pause(THINK_MS.sessions);
    }
  }

  private async useSession(instance: Instance, first: string, isKept: boolean): Promise<void> {
    const session = { refreshToken: first };
    let token = '';
    for (let i = 1; i <= this.instances.length; i++) {
      const json = { refreshToken: session.refreshToken };
      const renewed = await this.insist(this.at(instance.index + i), 'POST', '/api/auth/refresh', { json }, 200);
      if (!renewed) return;
      session.refreshToken = renewed.body.data.refreshToken;
      token = renewed.body.data.token;
      this.ledger.renewed();
    }
    if (isKept) {
      this.ledger.sessions.push(session);
      return;
    }
    // 401: an attempt that was answered with 503 had revoked it, which was not acknowledged.
    const answer = await this.insist(instance, 'POST', '/api/auth/logout', { headers: bearer(token) }, 200, 401);
    if (answer?.status === 200) this.ledger.sessionRevoked(token, instance.index);
  }

  private async createAndDeleteKeys(instance: Instance, { headers }: Person): Promise<void> {
    for (let i = 0; this.isGoing; i++) {
      const created = await instance.send('POST', '/api/auth/keys', { headers }, 201);
      if (created) await this.useKey(instance, headers, created.body.data, isKeptKey(i));
      await pause(THINK_MS.keys);
    }
  }

  private async useKey(
    instance: Instance,
    owner: Record<string, string>,
    { keyId, apiKey: key }: Json,
    isKept: boolean,
  ): Promise<void> {
    // Afterwards every instance has it in its cache.
    for (const one of this.instances) await this.insist(one, 'GET', '/api/users/me', { headers: apiKey(key) }, 200);
    if (isKept) {
      this.ledger.keys.push(key);
      return;
    }
    const answer = await this.insist(instance, 'DELETE', `/api/auth/keys/${keyId}`, { headers: owner }, 204, 404);
    if (answer?.status === 204) this.ledger.keyRevoked(key, instance.index);
  }

  private async probe(instance: Instance): Promise<void> {
    while (this.isGoing) {
      for (const revoked of this.ledger.revoked.slice(-PROBED)) {
        if (isRefused(revoked, instance)) {
          await instance.send('GET', '/api/users/me', { headers: revoked.headers }, 401);
        }
      }
      await pause(THINK_MS.probe);
    }
  }
}

const isKeptKey = (i: number): boolean => i % KEPT_KEY_EVERY === 0 && i < KEPT_KEY_EVERY * KEPT_KEYS_MAX;

/** Whether the instance must refuse this credential from now on. */
function isRefused({ by, at }: Revoked, instance: Instance): boolean {
  return by === instance.index || performance.now() >= at + REVOKED_WITHIN_MS;
}

async function signUp(instance: Instance): Promise<Person> {
  const email = freshEmail();
  const json = { email, name: 'John Doe', password: PASSWORD };
  const answer = await instance.send('POST', '/api/auth/signup', { json }, 201);
  if (!answer) throw new Error(`Nobody can sign up: ${instance.faults.join()}`);
  return { email, headers: bearer(answer.body.data.token) };
}

async function inTurns<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += CHECKS_AT_ONCE) {
    const turn = items.slice(from, from + CHECKS_AT_ONCE);
    await Promise.all(turn.map((item, i) => work(item, from + i)));
  }
}
