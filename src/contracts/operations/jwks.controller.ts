import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../../modules/auth/decorators/public.decorator.js';
import { type PublicJwk, SigningKeys } from '../../modules/auth/tokens/signing-keys.service.js';

/** The public keys with which anybody can verify our access tokens. */
@ApiExcludeController()
@Public()
@Controller('.well-known')
export class JwksController {
  constructor(private readonly signingKeys: SigningKeys) {}

  @Get('jwks.json')
  @Header('cache-control', 'public, max-age=300')
  jwks(): { readonly keys: readonly PublicJwk[] } {
    return this.signingKeys.jwks();
  }
}
