import { applyDecorators, Controller, Get, HttpStatus, Res, type Type } from '@nestjs/common';
import { ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RETRY_AFTER } from '../http/docs/error-responses.js';
import { documentOperation } from '../http/docs/operation.js';
import { IgnoresQuery } from '../http/input/no-unknown-input.guard.js';
import { Public } from '../modules/auth/access/public.decorator.js';
import { HealthService, type Readiness } from './health.service.js';

class DatabaseCheckView {
  @ApiProperty({ enum: ['up', 'down'], example: 'up' })
  status!: 'up' | 'down';
}

class ChecksView {
  @ApiProperty()
  database!: DatabaseCheckView;
}

class ReadinessView {
  @ApiProperty({ enum: ['ok', 'error'], example: 'ok' })
  status!: 'ok' | 'error';

  @ApiProperty()
  checks!: ChecksView;
}

class HealthView extends ReadinessView {
  @ApiProperty({ example: '0.2.0' })
  version!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds since the process started.', example: 3600 })
  uptimeSeconds!: number;

  @ApiProperty({
    type: 'integer',
    required: false,
    description:
      'The secrets of authenticator apps that only `APP_SECRET_PREVIOUS` decrypts; absent where it is not set.',
    example: 0,
  })
  needingAppSecretPrevious?: number;
}

/** Both statuses of a health check have the same fields. */
const Health = (type: Type): MethodDecorator =>
  applyDecorators(
    ApiResponse({ status: HttpStatus.OK, description: 'Success.', type }),
    ApiResponse({
      status: HttpStatus.SERVICE_UNAVAILABLE,
      description:
        'The server takes no requests: its database does not answer or is read-only, its clock is wrong, or it is draining.',
      headers: { 'Retry-After': { description: 'Seconds after which to try again', schema: RETRY_AFTER } },
      type,
    }),
  );

/** Health checks for load balancers and operators. `GET /health/live` is in `liveness.ts`. */
@ApiTags('Operations')
@Public()
@IgnoresQuery()
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  /** For load balancers. */
  @Get('ready')
  @Health(ReadinessView)
  @documentOperation({
    summary: 'Check that the server takes requests',
    description:
      'Answers 200 while the server takes requests, for load balancers, and 503 while its database does not answer or ' +
      'is read-only, while its clock is more than a minute off, and while it is draining.',
    status: HttpStatus.OK,
  })
  async showReadiness(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessView> {
    this.health.notePoll();
    return presentReadiness(await this.health.readiness(), reply);
  }

  /** The same for people, with version and uptime. Reading it does not count as polling. */
  @Get()
  @Health(HealthView)
  @documentOperation({
    summary: 'Get the health of the server',
    description: 'Returns the state of the server for people, with its version. Reading it does not count as polling.',
    status: HttpStatus.OK,
  })
  async showHealth(@Res({ passthrough: true }) reply: FastifyReply): Promise<HealthView> {
    const { version, uptimeSeconds, needingAppSecretPrevious } = this.health;
    return {
      ...presentReadiness(await this.health.readiness(), reply),
      version,
      uptimeSeconds,
      ...(needingAppSecretPrevious !== undefined && { needingAppSecretPrevious }),
    };
  }
}

function presentReadiness({ ready, databaseUp }: Readiness, reply: FastifyReply): ReadinessView {
  if (!ready) void reply.status(HttpStatus.SERVICE_UNAVAILABLE).header('retry-after', '5');
  return { status: ready ? 'ok' : 'error', checks: { database: { status: databaseUp ? 'up' : 'down' } } };
}
