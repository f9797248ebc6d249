import { createHash } from 'node:crypto';
import { Controller, Get, Headers, HttpStatus, Res } from '@nestjs/common';
import { ApiHeader, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { documentOperation } from '../http/docs/operation.js';
import { unlessUnchanged } from '../http/output/unless-unchanged.js';
import { Public } from '../modules/auth/access/public.decorator.js';
import { KEY_SET_MAX_AGE_SECONDS } from '../modules/tokens/signing-key-schedule.js';
import { type PublicJwk, SigningKeys } from '../modules/tokens/signing-keys.js';

class JwkView implements PublicJwk {
  @ApiProperty({ example: 'EC' })
  kty!: string;

  @ApiProperty({ example: 'P-256' })
  crv!: string;

  @ApiProperty({ example: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU' })
  x!: string;

  @ApiProperty({ example: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0' })
  y!: string;

  @ApiProperty({ description: 'The id that the header of a token names.', example: 'Kr5Dq0mC8T1nWcXyZ2bVd7' })
  kid!: string;

  @ApiProperty({ enum: ['ES256'], example: 'ES256' })
  alg!: 'ES256';

  @ApiProperty({ enum: ['sig'], example: 'sig' })
  use!: 'sig';
}

class KeySetView {
  @ApiProperty({ type: () => JwkView, isArray: true })
  keys!: readonly PublicJwk[];
}

/** The public keys that verify access tokens (RFC 7517, section 5). */
@ApiTags('Operations')
@Public()
@Controller('.well-known')
export class JwksController {
  constructor(private readonly signingKeys: SigningKeys) {}

  @Get('jwks.json')
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'The `ETag` of an earlier response.' })
  @ApiResponse({ status: HttpStatus.OK, description: 'Success.', type: KeySetView })
  @ApiResponse({ status: HttpStatus.NOT_MODIFIED, description: 'The keys have not changed.' })
  @documentOperation({
    summary: 'Get the keys that verify access tokens',
    description:
      'Returns the public keys that verify access tokens, as a JSON Web Key Set (RFC 7517, section 5). A service that ' +
      'verifies tokens itself keeps them for as long as `Cache-Control` says.',
    status: HttpStatus.OK,
  })
  listSigningKeys(
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): KeySetView | undefined {
    const keySet = this.signingKeys.jwks();
    void reply.header('cache-control', `public, max-age=${KEY_SET_MAX_AGE_SECONDS}`);
    return unlessUnchanged(keySet, etagOf(keySet), ifNoneMatch, reply);
  }
}

/** A key's id is the hash of the key, so the ids identify the whole set. */
function etagOf({ keys }: KeySetView): string {
  const ids = keys.map(({ kid }) => kid).toSorted();
  return `"${createHash('sha256').update(ids.join()).digest('base64url')}"`;
}
