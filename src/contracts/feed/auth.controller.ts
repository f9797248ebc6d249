import { Body, Controller, Post, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { MediaTypeInterceptor } from '../../http/output/media-type.interceptor.js';
import type { Caller } from '../../common/caller.js';
import type { VerifiedApiKey } from '../../modules/api-keys/api-key-verifier.js';
import { ApiKeyGuard } from '../../modules/auth/access/api-key.guard.js';
import { CurrentApiKey } from '../../modules/auth/access/current-api-key.decorator.js';
import { CurrentCaller } from '../../modules/auth/access/current-caller.decorator.js';
import { Public } from '../../modules/auth/access/public.decorator.js';
import { LoginService } from '../../modules/auth/login.service.js';
import { Operation } from './feed.answers.js';
import { FeedLoginDto } from './feed.dto.js';
import { FEED_MEDIA_TYPES } from './feed.errors.js';
import { FeedTokenView, presentFeedToken } from './feed.presenter.js';

@ApiTags('Authentication')
@Public()
@UseInterceptors(new MediaTypeInterceptor(FEED_MEDIA_TYPES))
@Controller('auth')
export class AuthController {
  constructor(private readonly logins: LoginService) {}

  @Post()
  @UseGuards(ApiKeyGuard)
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @Operation({
    summary: 'Get an access token',
    description:
      'Takes the credentials of the owner of the API key, and issues an access token that is bound to the key.',
    data: FeedTokenView,
    errors: ['invalid_credentials', 'rate_limited', 'overloaded'],
  })
  async authenticate(
    @CurrentApiKey() key: VerifiedApiKey,
    @Body() body: FeedLoginDto,
    @CurrentCaller() caller: Caller,
  ): Promise<FeedTokenView> {
    return presentFeedToken(await this.logins.logInWithKey(key, body.username, body.password, caller));
  }
}
