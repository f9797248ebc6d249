import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterRedis } from 'rate-limiter-flexible';
import type { createClient } from 'redis';
import { CONFIG, type Config } from '../../config/config.js';
import { MemoryLimiter } from './memory-limiter.js';

interface ScriptInput {
  readonly keys: string[];
  readonly arguments: string[];
}

type RedisClient = ReturnType<typeof openClient>;

/** Longer than a busy Redis takes to answer, and short enough for a login to wait. */
const ANSWER_WITHIN_MS = 1000;
const CONNECT_WITHIN_MS = 2000;
const RECONNECT_AFTER_MAX_MS = 1000;
/** An idle connection is pinged this often, and closed after three times as long without an answer. */
const PING_EVERY_MS = 1000;

/** Counts like the script of the library, and deletes a key whose points were all given back, as {@link MemoryLimiter}. */
const COUNT = `
redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local consumed = redis.call('incrby', KEYS[1], ARGV[1])
local left = redis.call('pttl', KEYS[1])
if consumed <= 0 then redis.call('del', KEYS[1]) end
return {consumed, left}`;

/**
 * Where rate limits are counted: in Redis at `REDIS_URL`, with one count for all instances, or else in the memory of
 * this instance.
 *
 * A Redis that is down, hangs or returns errors never fails a request and delays only those already sent to it: until it
 * answers again, memory counts instead. Each change is logged once.
 */
@Injectable()
export class RateLimitStore implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(RateLimitStore.name);
  private client: RedisClient | undefined;
  private open: (() => RedisClient) | undefined;
  private isLost = false;

  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** A limiter that allows each key `points` in `duration` seconds. */
  limiter(name: string, limit: { readonly points: number; readonly duration: number }): RateLimiterAbstract {
    const options = { keyPrefix: `stagedoor:limit:${name}`, ...limit };
    const memory = new MemoryLimiter(options);
    if (this.config.redisUrl === undefined) return memory;
    // The only method of a client that the limiter calls here.
    const storeClient = {
      eval: (script: string, input: ScriptInput) => this.evaluate(script, input),
    };
    return new RateLimiterRedis({
      ...options,
      storeClient,
      useRedisPackage: true,
      customIncrTtlLuaScript: COUNT,
      insuranceLimiter: memory,
    });
  }

  /** Whether Redis counts at this moment; undefined where none is configured. */
  get isShared(): boolean | undefined {
    return this.config.redisUrl === undefined ? undefined : !this.isLost && this.client?.isReady === true;
  }

  /** Runs a script in Redis. Without a Redis, or while it is lost, `inMemory` runs instead. */
  async run<T>(script: string, input: ScriptInput, inMemory: () => T): Promise<T> {
    if (this.config.redisUrl === undefined) return inMemory();
    try {
      return (await this.evaluate(script, input)) as T;
    } catch (error) {
      this.logger.debug('Counted in memory', error);
      return inMemory();
    }
  }

  /** Waits until Redis has connected or failed once, so that even the first requests are counted there. */
  async onApplicationBootstrap(): Promise<void> {
    const url = this.config.redisUrl;
    if (url === undefined || !this.config.rateLimitEnabled) return;
    // Loaded only where it is used.
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
    // Settles when connected or destroyed; errors in between are emitted as 'error'.
    client.connect().catch(() => undefined);
    return client;
  }

  private async evaluate(script: string, input: ScriptInput): Promise<unknown> {
    const client = this.client;
    if (!client?.isReady) throw new Error('Redis is not connected');
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new RedisTimeoutError()), ANSWER_WITHIN_MS);
    });
    try {
      const answer = await Promise.race([client.eval(script, input), timeout]);
      this.regain(client);
      return answer;
    } catch (error) {
      this.lose(client, error);
      if (error instanceof RedisTimeoutError) this.reconnect(client);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** TCP may take a quarter of an hour to notice that a connection is dead; a new one fails or works at once. */
  private reconnect(client: RedisClient): void {
    if (this.client !== client || !this.open) return;
    if (client.isOpen) client.destroy();
    this.connect(this.open);
  }

  private lose(client: RedisClient, error: unknown): void {
    if (this.isLost || this.client !== client) return;
    this.isLost = true;
    this.logger.warn(
      'Lost the connection to Redis; until it is back, each instance counts rate limits by itself',
      error,
    );
  }

  private regain(client: RedisClient): void {
    if (!this.isLost || this.client !== client) return;
    this.isLost = false;
    this.logger.log('Redis is back; rate limits are shared again');
  }
}

function openClient(create: typeof createClient, url: string) {
  return create({
    url,
    // A command that cannot be sent now is counted in memory, not sent later.
    disableOfflineQueue: true,
    pingInterval: PING_EVERY_MS,
    socket: {
      connectTimeout: CONNECT_WITHIN_MS,
      socketTimeout: 3 * PING_EVERY_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, RECONNECT_AFTER_MAX_MS),
    },
  });
}

class RedisTimeoutError extends Error {
  constructor() {
    super(`Redis did not answer within ${ANSWER_WITHIN_MS} ms`);
  }
}
