import { Body, Controller, Delete, Get, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { ApiKeysService } from '../../../modules/api-keys/api-keys.service.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { Roles } from '../../../modules/auth/decorators/roles.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import {
  KeyView,
  LeakedKeyView,
  NewKeyView,
  presentKey,
  presentLeakedKey,
  presentNewKey,
  presentRotatedKey,
  RotatedKeyView,
} from './key.presenter.js';
import { CreateKeyDto, LeakedKeyDto, RotateKeyDto } from './keys.dto.js';

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

  @Post(':keyId/rotate')
  @Operation({
    summary: 'Rotate an API key',
    description:
      'The same key with a new secret. The old one works beside it for the overlap, so that servers can change over one ' +
      'by one; rotated again within that time, the oldest stops at once.',
    access: 'session',
    body: true,
    status: HttpStatus.OK,
    data: RotatedKeyView,
    refuses: ['api_key_not_found'],
  })
  async rotateKey(
    @CurrentPrincipal() principal: Principal,
    @Param('keyId') keyId: string,
    @Body() body: RotateKeyDto,
  ): Promise<Answer<RotatedKeyView>> {
    return answer(
      'API key rotated',
      presentRotatedKey(await this.apiKeys.rotate(principal, keyId, body.overlapSeconds)),
    );
  }

  @Post('revoke-leaked')
  @Roles('admin')
  @Operation({
    summary: 'Revoke a leaked API key',
    description:
      'For admins, about anybody’s key: who holds its text has proof that it leaked. It stops working at once. Where the ' +
      'text is the old secret of a rotated key, that secret alone stops. An unknown key is answered the same way.',
    access: 'session',
    body: true,
    status: HttpStatus.OK,
    data: LeakedKeyView,
    refuses: ['forbidden'],
  })
  async revokeLeakedKey(
    @CurrentPrincipal() principal: Principal,
    @Body() body: LeakedKeyDto,
  ): Promise<Answer<LeakedKeyView>> {
    return answer('The key works no more', presentLeakedKey(await this.apiKeys.revokeLeaked(principal, body.apiKey)));
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
