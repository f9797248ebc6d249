import { Body, Controller, Delete, Get, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { SongsService } from '../../../modules/artists/songs.service.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { KeyScope } from '../../../modules/auth/decorators/key-scope.decorator.js';
import { PageQuery, toPageRequest } from '../page-query.js';
import { type Answer, answer, type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { presentSong, SongView } from './song.presenter.js';
import { CreateSongDto, UpdateSongDto } from './songs.dto.js';

const ArtistId = (): MethodDecorator => ApiParam({ name: 'id', format: 'uuid', description: 'The id of the artist.' });
const SongId = (): MethodDecorator => ApiParam({ name: 'id', format: 'uuid', description: 'The id of the song.' });

@ApiTags('Songs')
@Controller()
export class SongsController {
  constructor(private readonly songs: SongsService) {}

  @Post('artists/:id/songs')
  @KeyScope('artists:write')
  @ArtistId()
  @Operation({
    summary: 'Add a song to an artist',
    description: 'Songs follow the rules of their artist. API keys need the scope `artists:write`.',
    access: 'session or key',
    body: true,
    status: HttpStatus.CREATED,
    data: SongView,
    refuses: ['artist_not_found', 'artist_inactive', 'isrc_taken'],
  })
  async createSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') artistId: string,
    @Body() body: CreateSongDto,
  ): Promise<Answer<SongView>> {
    return answer('Song created successfully', presentSong(await this.songs.create(principal, artistId, body)));
  }

  @Get('artists/:id/songs')
  @KeyScope('artists:read')
  @ArtistId()
  @Operation({
    summary: 'List the songs of an artist',
    description: 'Newest first. API keys need the scope `artists:read`.',
    access: 'session or key',
    data: [SongView],
    paged: true,
    refuses: ['artist_not_found', 'artist_inactive'],
  })
  async listSongs(
    @CurrentPrincipal() principal: Principal,
    @Param('id') artistId: string,
    @Query() query: PageQuery,
  ): Promise<ListAnswer<SongView>> {
    return listAnswer('Songs', await this.songs.list(principal, artistId, toPageRequest(query)), presentSong);
  }

  @Get('songs/:id')
  @KeyScope('artists:read')
  @SongId()
  @Operation({
    summary: 'Show a song',
    description: 'API keys need the scope `artists:read`.',
    access: 'session or key',
    data: SongView,
    refuses: ['song_not_found', 'artist_inactive'],
  })
  async showSong(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Answer<SongView>> {
    return answer('Song', presentSong(await this.songs.get(principal, id)));
  }

  @Patch('songs/:id')
  @KeyScope('artists:write')
  @SongId()
  @Operation({
    summary: 'Change a song',
    description: 'Changes what is given; null clears.',
    access: 'session or key',
    body: true,
    data: SongView,
    refuses: ['song_not_found', 'artist_inactive', 'isrc_taken'],
  })
  async updateSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateSongDto,
  ): Promise<Answer<SongView>> {
    return answer('Song updated', presentSong(await this.songs.update(principal, id, body)));
  }

  @Delete('songs/:id')
  @KeyScope('artists:write')
  @SongId()
  @Operation({
    summary: 'Delete a song',
    description: 'API keys need the scope `artists:write`.',
    access: 'session or key',
    refuses: ['song_not_found', 'artist_inactive'],
  })
  async deleteSong(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.songs.delete(principal, id);
  }
}
