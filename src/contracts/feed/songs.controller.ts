import { Controller, Get, Param, Query, UseInterceptors } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../common/principal.js';
import { SONG_ID } from '../../http/docs/example-values.js';
import { MediaTypeInterceptor } from '../../http/output/media-type.interceptor.js';
import { SongsService } from '../../modules/artists/songs.service.js';
import { CurrentPrincipal } from '../../modules/auth/access/current-principal.decorator.js';
import { Scopes } from '../../modules/auth/access/scopes.decorator.js';
import { TokenWithKey } from '../../modules/auth/access/token-with-key.decorator.js';
import { Operation } from './feed.answers.js';
import { CORE_ID_TYPES, ShowFeedSongQuery } from './feed.dto.js';
import { FEED_MEDIA_TYPES } from './feed.errors.js';
import { FeedSongView, presentFeedSong } from './feed.presenter.js';

@ApiTags('Data')
@TokenWithKey()
@Scopes('artists:read')
@UseInterceptors(new MediaTypeInterceptor(FEED_MEDIA_TYPES))
@Controller('songs')
export class SongsController {
  constructor(private readonly songs: SongsService) {}

  @Get(':id')
  @ApiParam({
    name: 'id',
    description: 'The id of the song, or its ISRC with `id_type=isrc`.',
    schema: { type: 'string', example: SONG_ID },
  })
  @Operation({
    summary: 'Get a song',
    description: 'Returns a song by its id, or by its ISRC in any usual spelling with `id_type=isrc`.',
    data: FeedSongView,
    errors: ['song_not_found', 'artist_inactive'],
  })
  async showSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { id_type: idType, ...details }: ShowFeedSongQuery,
  ): Promise<FeedSongView> {
    return presentFeedSong(await this.songs.get(principal, id, CORE_ID_TYPES[idType]), details);
  }
}
