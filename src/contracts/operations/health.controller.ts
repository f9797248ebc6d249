import { Controller, Get, HttpStatus, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../modules/auth/decorators/public.decorator.js';
import { HealthService, type Readiness } from '../../modules/health/health.service.js';

interface HealthView {
  readonly status: 'ok' | 'error';
  readonly checks: { readonly database: { readonly status: 'up' | 'down' } };
}

/** What balancers and operators watch; whether the process answers at all is told by `serveLiveness`. */
@ApiExcludeController()
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** It can serve: 503 while the database does not answer, and while draining. Balancers ask here. */
  @Get('ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthView> {
    this.health.noteBalancer();
    return presentReadiness(await this.health.readiness(), reply);
  }

  /** The same for people, with what they want to know besides. Who has read it waits for nothing. */
  @Get()
  async both(
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HealthView & { version: string; uptimeSeconds: number }> {
    const { version, uptimeSeconds } = this.health;
    return { ...presentReadiness(await this.health.readiness(), reply), version, uptimeSeconds };
  }
}

function presentReadiness({ ready, databaseUp }: Readiness, reply: FastifyReply): HealthView {
  if (!ready) void reply.status(HttpStatus.SERVICE_UNAVAILABLE).header('retry-after', '5');
  return { status: ready ? 'ok' : 'error', checks: { database: { status: databaseUp ? 'up' : 'down' } } };
}
