import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { type RefreshedSession, SessionsService } from '../sessions/sessions.service.js';

/** Keeps users logged in. */
@Injectable()
export class RefreshService {
  constructor(
    private readonly limits: RateLimits,
    private readonly sessions: SessionsService,
  ) {}

  /** @throws DomainError `invalid_refresh_token`, the same for every cause; `rate_limited` */
  async refresh(refreshToken: string, caller: Caller): Promise<RefreshedSession> {
    await this.limits.count('refresh', caller.network);
    return this.sessions.refresh(refreshToken);
  }
}
