import { Body, Controller, Headers, Post, UseInterceptors } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { AuthService } from '../../modules/auth/auth.service.js';
import { Public } from '../../modules/auth/decorators/public.decorator.js';
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
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @Operation({
    summary: 'Get a token',
    description: 'Takes an API key with the credentials of its owner, and gives a token that is bound to that key.',
    kind: 'login',
    answers: FeedTokenView,
    refuses: ['invalid_credentials', 'rate_limited', 'overloaded'],
  })
  async authenticate(
    @Headers('x-api-key') apiKey: string | undefined,
    @Body() body: FeedLoginDto,
  ): Promise<FeedTokenView> {
    return presentFeedToken(await this.auth.logInWithKey(apiKey, body.username, body.password));
  }
}
