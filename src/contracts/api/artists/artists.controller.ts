import { Body, Controller, Delete, Get, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { ArtistsService } from '../../../modules/artists/artists.service.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { KeyScope } from '../../../modules/auth/decorators/key-scope.decorator.js';
import { type Answer, answer, type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { toPageRequest } from '../page-query.js';
import { ArtistView, presentArtist } from './artist.presenter.js';
import { CreateArtistDto, ListArtistsQuery, UpdateArtistDto } from './artists.dto.js';

const ArtistId = (): MethodDecorator => ApiParam({ name: 'id', format: 'uuid', description: 'The id of the artist.' });

@ApiTags('Artists')
@Controller('artists')
export class ArtistsController {
  constructor(private readonly artists: ArtistsService) {}

  @Post()
  @KeyScope('artists:write')
  @Operation({
    summary: 'Create an artist',
    description: 'It belongs to whoever creates it. API keys need the scope `artists:write`.',
    access: 'session or key',
    body: true,
    status: HttpStatus.CREATED,
    data: ArtistView,
  })
  async createArtist(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreateArtistDto,
  ): Promise<Answer<ArtistView>> {
    return answer('Artist created successfully', presentArtist(await this.artists.create(principal, body)));
  }

  @Get()
  @KeyScope('artists:read')
  @Operation({
    summary: 'List artists',
    description: 'Newest first: one’s own active ones; for admins everybody’s. API keys need the scope `artists:read`.',
    access: 'session or key',
    data: [ArtistView],
    paged: true,
  })
  async listArtists(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListArtistsQuery,
  ): Promise<ListAnswer<ArtistView>> {
    return listAnswer(
      'Artists',
      await this.artists.list(principal, { ...query, ...toPageRequest(query) }),
      presentArtist,
    );
  }

  @Get(':id')
  @KeyScope('artists:read')
  @ArtistId()
  @Operation({
    summary: 'Show an artist',
    description: 'One’s own active one; for admins any. Somebody else’s does not exist.',
    access: 'session or key',
    data: ArtistView,
    refuses: ['artist_not_found', 'artist_inactive'],
  })
  async showArtist(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Answer<ArtistView>> {
    return answer('Artist', presentArtist(await this.artists.get(principal, id)));
  }

  @Patch(':id')
  @KeyScope('artists:write')
  @ArtistId()
  @Operation({
    summary: 'Change an artist',
    description: 'Changes what is given and leaves the rest.',
    access: 'session or key',
    body: true,
    data: ArtistView,
    refuses: ['artist_not_found', 'artist_inactive'],
  })
  async updateArtist(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateArtistDto,
  ): Promise<Answer<ArtistView>> {
    return answer('Artist updated', presentArtist(await this.artists.update(principal, id, body)));
  }

  @Delete(':id')
  @KeyScope('artists:write')
  @ArtistId()
  @Operation({
    summary: 'Delete an artist',
    description: 'With its songs.',
    access: 'session or key',
    refuses: ['artist_not_found', 'artist_inactive'],
  })
  async deleteArtist(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.artists.delete(principal, id);
  }
}
