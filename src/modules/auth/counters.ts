import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { createClient } from 'redis';
import { CONFIG, type Config } from '../../config/env.js';

type RedisClient = ReturnType<typeof openClient>;

/** Longer than a busy server takes to hear an answer, short enough to wait for in a login. */
const ANSWER_WITHIN_MS = 1000;
const CONNECT_WITHIN_MS = 2000;
const RECONNECT_AFTER_MAX_MS = 1000;
/** An idle connection is asked for a sign of life this often, and given up when there was none for thrice as long. */
const PING_EVERY_MS = 1000;

/**
 * Where rate limits are counted: in Redis at `REDIS_URL`, one count for all instances, else in this instance's memory.
 *
 * A Redis that is lost, hangs or refuses never fails a request and holds up only those that it already had: memory
 * counts instead, until it answers again. Both are said once in the log.
 */
@Injectable()
export class Counters implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Counters.name);
  private client: RedisClient | undefined;
  private open: (() => RedisClient) | undefined;
  private isLost = false;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Counts to `points` in `duration` seconds for each key, under a name of its own. */
  limiter(name: string, limit: { readonly points: number; readonly duration: number }): RateLimiterAbstract {
    const options = { keyPrefix: `stagedoor:limit:${name}`, ...limit };
    const memory = new RateLimiterMemory(options);
    if (this.config.redisUrl === undefined) return memory;
    // Of a client's methods, the limiter calls this one alone for what we ask of it.
    const storeClient = {
      eval: (script: string, input: { keys: string[]; arguments: string[] }) => this.ask(script, input),
    };
    return new RateLimiterRedis({ ...options, storeClient, useRedisPackage: true, insuranceLimiter: memory });
  }

  /** Waits until Redis has answered or failed once, so that the first requests are counted where the others are. */
  async onApplicationBootstrap(): Promise<void> {
    const url = this.config.redisUrl;
    if (url === undefined || !this.config.rateLimitEnabled) return;
    // Only who uses Redis pays for loading its client.
    const redis = await import('redis');
    this.open = () => openClient(redis.createClient, url);
    const client = this.connect(this.open);
    await new Promise<void>((resolve) => client.once('ready', resolve).once('error', () => resolve()));
  }

  onApplicationShutdown(): void {
    const client = this.client;
    this.client = undefined;
    if (client?.isOpen) client.destroy();
  }

  private connect(open: () => RedisClient): RedisClient {
    const client = open();
    client.on('error', (error: unknown) => this.lose(client, error));
    client.on('ready', () => this.regain(client));
    this.client = client;
    // Settles when connected or destroyed; what goes wrong in between is an 'error'.
    client.connect().catch(() => undefined);
    return client;
  }

  private async ask(script: string, input: { keys: string[]; arguments: string[] }): Promise<unknown> {
    const client = this.client;
    if (!client?.isReady) throw new Error('Redis is not connected');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new LateError()), ANSWER_WITHIN_MS);
    });
    try {
      const answer = await Promise.race([client.eval(script, input), late]);
      this.regain(client);
      return answer;
    } catch (error) {
      this.lose(client, error);
      if (error instanceof LateError) this.startOver(client);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A connection that swallows commands may do so for a quarter of an hour; a new one tells at once. */
  private startOver(client: RedisClient): void {
    if (this.client !== client || !this.open) return;
    if (client.isOpen) client.destroy();
    this.connect(this.open);
  }

  private lose(client: RedisClient, error: unknown): void {
    if (this.isLost || this.client !== client) return;
    this.isLost = true;
    this.logger.warn('Redis is lost: until it is back, each instance counts rate limits by itself', error);
  }

  private regain(client: RedisClient): void {
    if (!this.isLost || this.client !== client) return;
    this.isLost = false;
    this.logger.log('Redis is back: rate limits are shared again');
  }
}

function openClient(create: typeof createClient, url: string) {
  return create({
    url,
    // What can't be asked now is counted in memory, not asked later.
    disableOfflineQueue: true,
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: 3 * PING_EVERY_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, RECONNECT_AFTER_MAX_MS),
    },
  });
}

class LateError extends Error {
  constructor() {
    super(`Redis did not answer within ${ANSWER_WITHIN_MS} ms`);
  }
}
