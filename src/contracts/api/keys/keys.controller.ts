import { Body, Controller, Delete, Get, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { ApiKeysService } from '../../../modules/api-keys/api-keys.service.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { KeyView, NewKeyView, presentKey, presentNewKey } from './key.presenter.js';
import { CreateKeyDto } from './keys.dto.js';

@ApiTags('API keys')
@Controller('auth/keys')
export class KeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Post()
  @Operation({
    summary: 'Make an API key',
    description:
      'For servers: it acts as its owner within its scopes, and never manages keys, sessions, profiles or roles.',
    access: 'session',
    body: true,
    status: HttpStatus.CREATED,
    data: NewKeyView,
    refuses: ['api_key_limit_reached'],
  })
  async createKey(@CurrentPrincipal() principal: Principal, @Body() body: CreateKeyDto): Promise<Answer<NewKeyView>> {
    return answer('API key created', presentNewKey(await this.apiKeys.create(principal, body)));
  }

  @Get()
  @Operation({
    summary: 'List one’s own API keys',
    description: 'Newest first, all of them (at most 100). The keys themselves are never shown again.',
    access: 'session',
    data: [KeyView],
  })
  async listKeys(@CurrentPrincipal() principal: Principal): Promise<Answer<KeyView[]>> {
    return answer('API keys', (await this.apiKeys.list(principal)).map(presentKey));
  }

  @Delete(':keyId')
  @ApiParam({ name: 'keyId', description: 'The `keyId` of the key, `key_…`.' })
  @Operation({
    summary: 'Delete an API key',
    description: 'It stops working at once, and so do the feed tokens that are bound to it.',
    access: 'session',
    refuses: ['api_key_not_found'],
  })
  async deleteKey(@CurrentPrincipal() principal: Principal, @Param('keyId') keyId: string): Promise<void> {
    await this.apiKeys.delete(principal, keyId);
  }
}
