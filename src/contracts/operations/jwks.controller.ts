import { createHash } from 'node:crypto';
import { Controller, Get, Headers, HttpStatus, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../modules/auth/decorators/public.decorator.js';
import { KEY_SET_MAX_AGE_SECONDS } from '../../modules/auth/tokens/signing-key-schedule.js';
import { type PublicJwk, SigningKeys } from '../../modules/auth/tokens/signing-keys.service.js';

interface KeySetView {
  readonly keys: readonly PublicJwk[];
}

/** The public keys with which anybody can verify our access tokens. */
@ApiExcludeController()
@Public()
@Controller('.well-known')
export class JwksController {
  constructor(private readonly signingKeys: SigningKeys) {}

  @Get('jwks.json')
  jwks(
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): KeySetView | undefined {
    const keySet = this.signingKeys.jwks();
    // A key's id is the hash of the key, so the ids say all that there is to say.
    const names = keySet.keys.map(({ kid }) => kid).toSorted();
    const tag = `"${createHash('sha256').update(names.join()).digest('base64url')}"`;
    void reply.headers({ 'cache-control': `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`, etag: tag });
    if (known === undefined || !known.split(/\s*,\s*/).includes(tag)) return keySet;
    void reply.status(HttpStatus.NOT_MODIFIED);
    return undefined;
  }
}
