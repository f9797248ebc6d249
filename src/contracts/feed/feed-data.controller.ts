import { Controller, Get, Param, Query, UseInterceptors } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../common/principal.js';
import { ArtistsService } from '../../modules/artists/artists.service.js';
import { SongsService, type SongWithArtist } from '../../modules/artists/songs.service.js';
import { CurrentPrincipal } from '../../modules/auth/decorators/current-principal.decorator.js';
import { KeyScope } from '../../modules/auth/decorators/key-scope.decorator.js';
import { TokenWithKey } from '../../modules/auth/decorators/token-with-key.decorator.js';
import { JSON_MEDIA_TYPE, MediaTypeInterceptor } from '../edge/media-type.interceptor.js';
import { Operation } from './feed.answers.js';
import { FEED_MEDIA_TYPE } from './feed.contract.js';
import { type IdType, ListFeedArtistsQuery, ShowFeedSongQuery } from './feed.dto.js';
import {
  FeedArtistsView,
  FeedArtistView,
  FeedSongView,
  presentFeedArtist,
  presentFeedArtists,
  presentFeedSong,
} from './feed.presenter.js';

@ApiTags('Data')
@TokenWithKey()
@KeyScope('artists:read')
@UseInterceptors(new MediaTypeInterceptor([JSON_MEDIA_TYPE, FEED_MEDIA_TYPE]))
@Controller()
export class FeedDataController {
  /** How a song is found by each kind of id. */
  private readonly songFinders: Record<IdType, (principal: Principal, id: string) => Promise<SongWithArtist>>;

  constructor(
    private readonly artists: ArtistsService,
    songs: SongsService,
  ) {
    this.songFinders = {
      luminate: (principal, id) => songs.get(principal, id),
      isrc: (principal, id) => songs.getByIsrc(principal, id),
    };
  }

  @Get('artists')
  @Operation({
    summary: 'List artists',
    description: 'Newest first: one’s own active ones; for admins everybody’s.',
    kind: 'data',
    answers: FeedArtistsView,
  })
  async listArtists(
    @CurrentPrincipal() principal: Principal,
    @Query() { from, size }: ListFeedArtistsQuery,
  ): Promise<FeedArtistsView> {
    return presentFeedArtists(await this.artists.list(principal, { offset: from, size }));
  }

  @Get('artists/:id')
  @ApiParam({ name: 'id', format: 'uuid', description: 'The id of the artist.' })
  @Operation({
    summary: 'Show an artist',
    description: 'By our id.',
    kind: 'data',
    answers: FeedArtistView,
    refuses: ['artist_not_found', 'artist_inactive'],
  })
  async showArtist(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<FeedArtistView> {
    return presentFeedArtist(await this.artists.get(principal, id));
  }

  @Get('songs/:id')
  @ApiParam({ name: 'id', description: 'The id of the song, or its ISRC with `id_type=isrc`.' })
  @Operation({
    summary: 'Show a song',
    description: 'By our id, or by ISRC; its hyphens do not matter.',
    kind: 'data',
    answers: FeedSongView,
    refuses: ['song_not_found', 'artist_inactive'],
  })
  async showSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() query: ShowFeedSongQuery,
  ): Promise<FeedSongView> {
    return presentFeedSong(await this.songFinders[query.id_type](principal, id));
  }
}
