import { Body, Controller, Delete, Get, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { KeyIdParam } from '../../../http/docs/properties.js';
import { ApiKeysService } from '../../../modules/api-keys/api-keys.service.js';
import { CostlyWrite } from '../../../modules/auth/access/costly-write.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { Roles } from '../../../modules/auth/access/roles.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { KeyView, LeakedKeyView, NewKeyView, presentKey, presentLeakedKey, presentNewKey } from './key.presenter.js';
import { CreateKeyDto, LeakedKeyDto, RotateKeyDto } from './keys.dto.js';

@ApiTags('API keys')
@Controller('auth/keys')
export class KeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Post()
  @RecentLogin('users with a second factor')
  @CostlyWrite()
  @Operation({
    summary: 'Create an API key',
    description:
      'Creates an API key, with which a server acts as you within the scopes of the key. A key never manages keys, ' +
      'sessions, profiles or roles. The key itself is in this response alone.',
    status: HttpStatus.CREATED,
    answers: { data: NewKeyView },
    errors: ['api_key_limit_reached'],
  })
  async createKey(@CurrentPrincipal() principal: Principal, @Body() body: CreateKeyDto): Promise<Answer<NewKeyView>> {
    return answer('API key created', presentNewKey(await this.apiKeys.create(principal, body)));
  }

  @Get()
  @Operation({
    summary: 'List your API keys',
    description:
      'Lists your API keys, newest first, all of them (at most 100). The keys themselves are never shown again.',
    answers: { list: KeyView },
  })
  async listKeys(@CurrentPrincipal() principal: Principal): Promise<Answer<KeyView[]>> {
    return answer('API keys', (await this.apiKeys.list(principal)).map(presentKey));
  }

  @Post(':keyId/rotate')
  @KeyIdParam()
  @RecentLogin('users with a second factor')
  @CostlyWrite()
  @Operation({
    summary: 'Rotate an API key',
    description:
      'Gives one of your API keys a new secret. The old one stays valid for the overlap, so that servers can switch ' +
      'one by one. Rotating again within that time revokes the oldest at once.',
    status: HttpStatus.OK,
    answers: { data: NewKeyView },
    errors: ['api_key_not_found'],
  })
  async rotateKey(
    @CurrentPrincipal() principal: Principal,
    @Param('keyId') keyId: string,
    @Body() body: RotateKeyDto,
  ): Promise<Answer<NewKeyView>> {
    return answer('API key rotated', presentNewKey(await this.apiKeys.rotate(principal, keyId, body.overlapSeconds)));
  }

  @Post('revoke-leaked')
  @Roles('admin')
  @Operation({
    summary: 'Revoke a leaked API key',
    description:
      'Revokes the API key of any user at once: having the whole key proves that it leaked. Where it is the old ' +
      'secret of a rotated key, only that secret is revoked. An unknown key gets the same response.',
    status: HttpStatus.OK,
    answers: { data: LeakedKeyView },
  })
  async revokeLeakedKey(
    @CurrentPrincipal() principal: Principal,
    @Body() body: LeakedKeyDto,
  ): Promise<Answer<LeakedKeyView>> {
    return answer('API key revoked', presentLeakedKey(await this.apiKeys.revokeLeaked(principal, body.apiKey)));
  }

  @Delete(':keyId')
  @RecentLogin('users with a second factor')
  @CostlyWrite()
  @KeyIdParam()
  @Operation({
    summary: 'Delete an API key',
    description: 'Revokes one of your API keys, and the feed tokens that are bound to it, at once.',
    errors: ['api_key_not_found'],
  })
  async deleteKey(@CurrentPrincipal() principal: Principal, @Param('keyId') keyId: string): Promise<void> {
    await this.apiKeys.delete(principal, keyId);
  }
}
