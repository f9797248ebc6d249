import { Body, Controller, Get, HttpStatus, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../../common/principal.js';
import { ARTIST_ID } from '../../../http/docs/example-values.js';
import { IdParam } from '../../../http/docs/properties.js';
import { versioned } from '../../../http/output/unless-unchanged.js';
import { SongsService } from '../../../modules/artists/songs.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { Scopes } from '../../../modules/auth/access/scopes.decorator.js';
import { type Answer, answer, type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { CatalogueQuery, toCatalogueRequest } from '../page-query.js';
import { presentSong, SongView } from '../songs/song.presenter.js';
import { CreateSongDto } from '../songs/songs.dto.js';
import { FollowsMerges } from './merged-artist.interceptor.js';

const ArtistId = (): MethodDecorator => IdParam('The id of the artist.', ARTIST_ID);

@ApiTags('Songs')
@Controller('artists/:id/songs')
export class ArtistSongsController {
  constructor(private readonly songs: SongsService) {}

  @Post()
  @Scopes('artists:write')
  @ArtistId()
  @Operation({
    summary: 'Add a song to an artist',
    description: 'Adds a song to an artist. Songs follow the access rules of their artist.',
    status: HttpStatus.CREATED,
    answers: { data: SongView },
    errors: ['artist_not_found', 'artist_inactive', 'artist_merged', 'isrc_taken', 'identifier_taken'],
  })
  async createSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') artistId: string,
    @Body() body: CreateSongDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SongView> | undefined> {
    const song = await this.songs.create(principal, artistId, body);
    return versioned(answer('Song created successfully', presentSong(song)), song, reply);
  }

  @Get()
  @Scopes('artists:read')
  @ArtistId()
  @FollowsMerges()
  @Operation({
    summary: 'List the songs of an artist',
    description: 'Lists the songs of an artist, newest first or by title.',
    answers: { page: SongView },
    errors: ['artist_not_found', 'artist_inactive'],
  })
  async listSongs(
    @CurrentPrincipal() principal: Principal,
    @Param('id') artistId: string,
    @Query() query: CatalogueQuery,
  ): Promise<ListAnswer<SongView>> {
    const page = await this.songs.listOfArtist(principal, artistId, toCatalogueRequest(query));
    return listAnswer('Songs', page, presentSong);
  }
}
