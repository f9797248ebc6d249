import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { IgnoresQuery } from '../../http/input/no-unknown-input.guard.js';
import { Public } from '../../modules/auth/access/public.decorator.js';
import { MetricsRegistry } from './metrics-registry.js';

/**
 * `GET /metrics` on the port of the API, with METRICS_ENABLED and without METRICS_PORT. Anyone who can reach it can read
 * it.
 */
@ApiExcludeController()
@Public()
@IgnoresQuery()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly registry: MetricsRegistry) {}

  @Get()
  @Header('cache-control', 'no-store')
  async scrape(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const text = await this.registry.scrape();
    void reply.type(this.registry.contentType);
    return text;
  }
}
