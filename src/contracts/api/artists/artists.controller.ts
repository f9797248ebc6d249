import { Body, Controller, Delete, Get, Headers, HttpStatus, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../../common/principal.js';
import { ARTIST_ID } from '../../../http/docs/example-values.js';
import { AnyIdParam, IdParam } from '../../../http/docs/properties.js';
import { IfMatch } from '../../../http/input/if-match.js';
import { versioned } from '../../../http/output/unless-unchanged.js';
import { ArtistMergeService } from '../../../modules/artists/artist-merge.service.js';
import { ArtistsService } from '../../../modules/artists/artists.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { Scopes } from '../../../modules/auth/access/scopes.decorator.js';
import { type Answer, answer, type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { ConditionalRead, ConditionalWrite } from '../conditional.js';
import { toLookUpRequest } from '../page-query.js';
import { ArtistView, presentArtist } from './artist.presenter.js';
import { CreateArtistDto, ListArtistsQuery, ShowArtistQuery, MergeArtistDto, UpdateArtistDto } from './artists.dto.js';
import { FollowsMerges } from './merged-artist.interceptor.js';

const ArtistId = (): MethodDecorator => IdParam('The id of the artist.', ARTIST_ID);

@ApiTags('Artists')
@Controller('artists')
export class ArtistsController {
  constructor(
    private readonly artists: ArtistsService,
    private readonly merges: ArtistMergeService,
  ) {}

  @Post()
  @Scopes('artists:write')
  @Operation({
    summary: 'Create an artist',
    description: 'Creates an artist. The user who creates it owns it.',
    status: HttpStatus.CREATED,
    answers: { data: ArtistView },
    errors: ['identifier_taken'],
  })
  async createArtist(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateArtistDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ArtistView> | undefined> {
    const artist = await this.artists.create(principal, body);
    return versioned(answer('Artist created successfully', presentArtist(artist)), artist, reply);
  }

  @Get()
  @Scopes('artists:read')
  @Operation({
    summary: 'List artists',
    description:
      'Lists artists, newest first or by name. Users get their own active artists, admins get all. With `ids`, looks ' +
      'those artists up instead.',
    answers: { page: ArtistView },
  })
  async listArtists(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListArtistsQuery,
  ): Promise<ListAnswer<ArtistView>> {
    const { status, userId } = query;
    const page = await this.artists.list(principal, { ...toLookUpRequest(query), status, userId });
    return listAnswer('Artists', page, presentArtist);
  }

  @Get(':id')
  @Scopes('artists:read')
  @AnyIdParam('The id of the artist, or with `id_type` its identifier in another register.', ARTIST_ID)
  @FollowsMerges()
  @ConditionalRead()
  @Operation({
    summary: 'Get an artist',
    description:
      'Returns an artist by its id, or by an identifier of another register with `id_type`. Users get their own ' +
      'active artists, admins get any.',
    answers: { data: ArtistView },
    errors: ['artist_not_found', 'artist_inactive'],
  })
  async showArtist(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { id_type: idType }: ShowArtistQuery,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ArtistView> | undefined> {
    const artist = await this.artists.get(principal, id, idType);
    return versioned(answer('Artist', presentArtist(artist)), artist, reply, ifNoneMatch);
  }

  @Patch(':id')
  @Scopes('artists:write')
  @ArtistId()
  @ConditionalWrite()
  @Operation({
    summary: 'Update an artist',
    description: 'Changes those fields of an artist that are sent; null clears a field.',
    answers: { data: ArtistView },
    errors: ['artist_not_found', 'artist_inactive', 'artist_merged', 'identifier_taken', 'precondition_failed'],
  })
  async updateArtist(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateArtistDto,
    @IfMatch() required: readonly number[] | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ArtistView> | undefined> {
    const artist = await this.artists.update(principal, id, body, required);
    return versioned(answer('Artist updated', presentArtist(artist)), artist, reply);
  }

  @Delete(':id')
  @Scopes('artists:write')
  @ArtistId()
  @ConditionalWrite()
  @Operation({
    summary: 'Delete an artist',
    description: 'Deletes an artist with all songs.',
    errors: ['artist_not_found', 'artist_inactive', 'artist_merged', 'precondition_failed'],
  })
  async deleteArtist(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @IfMatch() required: readonly number[] | undefined,
  ): Promise<void> {
    await this.artists.delete(principal, id, required);
  }

  @Post(':id/merge')
  @Scopes('artists:write')
  @ArtistId()
  @ConditionalWrite()
  @Operation({
    summary: 'Merge an artist into another',
    description:
      'Merges an artist into another: moves its songs, identifiers and aliases to `into`, another artist of the same ' +
      'owner. The old name becomes an alias. The old id redirects to that artist from then on and can no longer be ' +
      'changed. Cannot be undone.',
    answers: { data: ArtistView },
    errors: ['artist_not_found', 'artist_inactive', 'artist_merged', 'precondition_failed'],
  })
  async mergeArtist(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() { into }: MergeArtistDto,
    @IfMatch() required: readonly number[] | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<ArtistView> | undefined> {
    const artist = await this.merges.merge(principal, id, into, required);
    return versioned(answer('Artist merged', presentArtist(artist)), artist, reply);
  }
}
