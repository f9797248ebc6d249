import { Body, Controller, Delete, Get, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { KeyIdParam } from '../../../http/docs/properties.js';
import { ApiKeysService } from '../../../modules/api-keys/api-keys.service.js';
import { CostlyWrite } from '../../../modules/auth/access/costly-write.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { Operation } from '../api-v1.answers.js';
import { KeyView, NewKeyView, presentKey, presentNewKey } from './key.presenter.js';
import { CreateKeyDto } from './keys.dto.js';

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
      'Creates an API key for server-to-server integrations. Without a body the key is named "API key" and gets the ' +
      'default scopes. The key itself is in this response alone.',
    status: HttpStatus.CREATED,
    data: NewKeyView,
    errors: ['api_key_limit_reached'],
  })
  async createKey(@CurrentPrincipal() principal: Principal, @Body() body: CreateKeyDto): Promise<NewKeyView> {
    return presentNewKey(await this.apiKeys.create(principal, body));
  }

  @Get()
  @Operation({
    summary: 'List API keys',
    description: 'Lists all API keys of the authenticated user, newest first.',
    data: [KeyView],
  })
  async listKeys(@CurrentPrincipal() principal: Principal): Promise<KeyView[]> {
    return (await this.apiKeys.list(principal)).map(presentKey);
  }

  @Delete(':keyId')
  @KeyIdParam()
  @RecentLogin('users with a second factor')
  @CostlyWrite()
  @Operation({
    summary: 'Delete an API key',
    description: 'Revokes an API key of the authenticated user at once.',
    errors: ['api_key_not_found'],
  })
  async deleteKey(@CurrentPrincipal() principal: Principal, @Param('keyId') keyId: string): Promise<void> {
    await this.apiKeys.delete(principal, keyId);
  }
}
