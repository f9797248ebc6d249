import { Body, Controller, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { VerifiedApiKey } from '../../modules/api-keys/api-key-verifier.js';
import { AuthService } from '../../modules/auth/auth.service.js';
import { CurrentApiKey } from '../../modules/auth/decorators/current-api-key.decorator.js';
import { Public } from '../../modules/auth/decorators/public.decorator.js';
import { ApiKeyGuard } from '../../modules/auth/guards/api-key.guard.js';
import { JSON_MEDIA_TYPE, MediaTypeInterceptor } from '../edge/media-type.interceptor.js';
import { Operation } from './feed.answers.js';
import { FEED_MEDIA_TYPE } from './feed.contract.js';
import { FeedLoginDto } from './feed.dto.js';
import { FeedTokenView, presentFeedToken } from './feed.presenter.js';

@ApiTags('Authentication')
@Public()
@UseInterceptors(new MediaTypeInterceptor([JSON_MEDIA_TYPE, FEED_MEDIA_TYPE]))
@Controller('auth')
export class FeedAuthController {
  constructor(private readonly auth: AuthService) {}

  @Post()
  @UseGuards(ApiKeyGuard)
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @Operation({
    summary: 'Get a token',
    description: 'Takes an API key with the credentials of its owner, and gives a token that is bound to that key.',
    kind: 'login',
    answers: FeedTokenView,
    refuses: ['invalid_credentials', 'rate_limited', 'overloaded'],
  })
  async authenticate(@CurrentApiKey() key: VerifiedApiKey, @Body() body: FeedLoginDto): Promise<FeedTokenView> {
    return presentFeedToken(await this.auth.logInWithKey(key, body.username, body.password));
  }
}
