import { Controller, Get, Param, Query, UseInterceptors } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../common/principal.js';
import { ARTIST_ID } from '../../http/docs/example-values.js';
import { MediaTypeInterceptor } from '../../http/output/media-type.interceptor.js';
import { ArtistsService } from '../../modules/artists/artists.service.js';
import { CurrentPrincipal } from '../../modules/auth/access/current-principal.decorator.js';
import { Scopes } from '../../modules/auth/access/scopes.decorator.js';
import { TokenWithKey } from '../../modules/auth/access/token-with-key.decorator.js';
import { Operation } from './feed.answers.js';
import { CORE_ID_TYPES, ListFeedArtistsQuery, ShowFeedArtistQuery, toFeedPage } from './feed.dto.js';
import { FEED_MEDIA_TYPES } from './feed.errors.js';
import { FeedArtistsView, FeedArtistView, presentFeedArtist, presentFeedArtists } from './feed.presenter.js';

@ApiTags('Data')
@TokenWithKey()
@Scopes('artists:read')
@UseInterceptors(new MediaTypeInterceptor(FEED_MEDIA_TYPES))
@Controller('artists')
export class ArtistsController {
  constructor(private readonly artists: ArtistsService) {}

  @Get()
  @Operation({
    summary: 'List artists',
    description: 'Lists artists, newest first. Users get their own active artists, admins get all.',
    data: FeedArtistsView,
  })
  async listArtists(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListFeedArtistsQuery,
  ): Promise<FeedArtistsView> {
    return presentFeedArtists(await this.artists.list(principal, toFeedPage(query)), query);
  }

  @Get(':id')
  @ApiParam({
    name: 'id',
    description: 'The id of the artist, or the ISNI with `id_type=isni`.',
    schema: { type: 'string', example: ARTIST_ID },
  })
  @Operation({
    summary: 'Get an artist',
    description:
      'Returns an artist by its id, or by its ISNI with `id_type=isni`. Users get their own active artists, admins ' +
      'get any.',
    data: FeedArtistView,
    errors: ['artist_not_found', 'artist_inactive'],
  })
  async showArtist(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { id_type: idType, ...details }: ShowFeedArtistQuery,
  ): Promise<FeedArtistView> {
    return presentFeedArtist(await this.artists.getCurrent(principal, id, CORE_ID_TYPES[idType]), details);
  }
}
