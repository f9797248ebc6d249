import type { FastifyInstance } from 'fastify';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { vi } from 'vitest';
import { createApp } from '../../src/app.setup.js';
import { SystemClock } from '../../src/common/clock.js';
import { readConfig } from '../../src/config/read-config.js';
import { createLogger } from '../../src/config/logger.js';
import { TEST_SECRET_SEAL } from '../support/database.js';
import type { Database } from '../../src/database/database.js';

/** A route as the router has it: `GET /api/artists/:id`. */
export type Route = `${string} /${string}`;

/** An app that answers any request with the route that would take it, and does nothing else. */
export interface RoutingApp {
  readonly routes: readonly Route[];
  /** The route that takes this request; undefined when none does. */
  routeFor(method: string, url: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Collects what the app's own router is given, whoever gives it: controllers, the docs, plugins. */
export async function openRoutingApp(database: Database): Promise<RoutingApp> {
  const routes: Route[] = [];
  const getInstance = FastifyAdapter.prototype.getInstance;
  const instance = vi.spyOn(FastifyAdapter.prototype, 'getInstance');
  const watched = new Set<FastifyInstance>();
  instance.mockImplementation(function (this: FastifyAdapter) {
    const fastify = getInstance.call(this) as FastifyInstance;
    if (!watched.has(fastify)) {
      watched.add(fastify);
      collect(fastify, routes);
    }
    return fastify;
  });
  const app = await createApp(
    { config: readConfig({ LOG_LEVEL: 'silent' }), database, secretSeal: TEST_SECRET_SEAL, clock: new SystemClock() },
    createLogger('silent'),
  );
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  instance.mockRestore();
  return {
    routes: [...new Set(routes)].sort(),
    routeFor: (method, url) => routeFor(app, method, url),
    close: () => app.close(),
  };
}

function collect(fastify: FastifyInstance, routes: Route[]): void {
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push(`${one} ${url as `/${string}`}`);
  });
  fastify.addHook('onRequest', async ({ routeOptions }, reply) => {
    await reply.send({ route: routeOptions.url ?? null });
  });
}

async function routeFor(app: NestFastifyApplication, method: string, url: string): Promise<string | undefined> {
  const answer = await app.inject({ method: method as 'GET', url });
  return answer.statusCode === 200 ? (answer.json<{ route: string | null }>().route ?? undefined) : undefined;
}
