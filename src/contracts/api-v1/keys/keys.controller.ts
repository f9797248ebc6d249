import { Body, Controller, Delete, Get, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { ApiKeysService } from '../../../modules/api-keys/api-keys.service.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { Operation } from '../api-v1.answers.js';
import { KeyView, NewKeyView, presentKey, presentNewKey } from './key.presenter.js';
import { CreateKeyDto } from './keys.dto.js';

@ApiTags('API keys')
@Controller('auth/keys')
export class KeysController {
  constructor(private readonly apiKeys: ApiKeysService) {}

  @Post()
  @Operation({
    summary: 'Create an API key',
    description:
      'For server-to-server integrations. Without a body the key is named "API key" and may do the usual things.',
    session: true,
    body: true,
    status: HttpStatus.CREATED,
    answers: NewKeyView,
    refuses: ['api_key_limit_reached'],
  })
  async createKey(@CurrentPrincipal() principal: Principal, @Body() body: CreateKeyDto): Promise<NewKeyView> {
    return presentNewKey(await this.apiKeys.create(principal, body));
  }

  @Get()
  @Operation({
    summary: 'List API keys',
    description: 'All keys of the authenticated user, newest first.',
    session: true,
    answers: [KeyView],
  })
  async listKeys(@CurrentPrincipal() principal: Principal): Promise<KeyView[]> {
    return (await this.apiKeys.list(principal)).map(presentKey);
  }

  @Delete(':keyId')
  @Operation({
    summary: 'Delete an API key',
    description: 'It stops working at once.',
    session: true,
    refuses: ['api_key_not_found'],
  })
  async deleteKey(@CurrentPrincipal() principal: Principal, @Param('keyId') keyId: string): Promise<void> {
    await this.apiKeys.delete(principal, keyId);
  }
}
