import { Body, Controller, Delete, Get, Headers, Param, Patch, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../../common/principal.js';
import { SONG_ID } from '../../../http/docs/example-values.js';
import { AnyIdParam, IdParam } from '../../../http/docs/properties.js';
import { IfMatch } from '../../../http/input/if-match.js';
import { versioned } from '../../../http/output/unless-unchanged.js';
import { SongsService } from '../../../modules/artists/songs.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { Scopes } from '../../../modules/auth/access/scopes.decorator.js';
import { type Answer, answer, type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { ConditionalRead, ConditionalWrite } from '../conditional.js';
import { toLookUpRequest } from '../page-query.js';
import { presentSong, SongView } from './song.presenter.js';
import { ListSongsQuery, ShowSongQuery, UpdateSongDto } from './songs.dto.js';

const SongId = (): MethodDecorator => IdParam('The id of the song.', SONG_ID);

@ApiTags('Songs')
@Controller('songs')
export class SongsController {
  constructor(private readonly songs: SongsService) {}

  @Get()
  @Scopes('artists:read')
  @Operation({
    summary: 'List songs',
    description:
      'Lists the songs of all active artists that the caller manages, newest first or by title. With `ids`, looks ' +
      'those songs up instead.',
    answers: { page: SongView },
  })
  async listAllSongs(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListSongsQuery,
  ): Promise<ListAnswer<SongView>> {
    const { artistId, userId } = query;
    const page = await this.songs.list(principal, { ...toLookUpRequest(query), artistId, userId });
    return listAnswer('Songs', page, presentSong);
  }

  @Get(':id')
  @Scopes('artists:read')
  @AnyIdParam('The id of the song, or with `id_type` its ISRC or identifier in another register.', SONG_ID)
  @ConditionalRead()
  @Operation({
    summary: 'Get a song',
    description: 'Returns a song by its id, or by its ISRC or an identifier of another register with `id_type`.',
    answers: { data: SongView },
    errors: ['song_not_found', 'artist_inactive'],
  })
  async showSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Query() { id_type: idType }: ShowSongQuery,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SongView> | undefined> {
    const song = await this.songs.get(principal, id, idType);
    return versioned(answer('Song', presentSong(song)), song, reply, ifNoneMatch);
  }

  @Patch(':id')
  @Scopes('artists:write')
  @SongId()
  @ConditionalWrite()
  @Operation({
    summary: 'Update a song',
    description:
      'Changes those fields of a song that are sent; null clears a field. `artistId` moves the song to another artist ' +
      'of the same owner.',
    answers: { data: SongView },
    errors: [
      ...(['song_not_found', 'artist_not_found', 'artist_inactive', 'artist_merged', 'isrc_taken'] as const),
      ...(['identifier_taken', 'precondition_failed'] as const),
    ],
  })
  async updateSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateSongDto,
    @IfMatch() required: readonly number[] | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Answer<SongView> | undefined> {
    const song = await this.songs.update(principal, id, body, required);
    return versioned(answer('Song updated', presentSong(song)), song, reply);
  }

  @Delete(':id')
  @Scopes('artists:write')
  @SongId()
  @ConditionalWrite()
  @Operation({
    summary: 'Delete a song',
    description: 'Deletes a song.',
    errors: ['song_not_found', 'artist_inactive', 'precondition_failed'],
  })
  async deleteSong(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @IfMatch() required: readonly number[] | undefined,
  ): Promise<void> {
    await this.songs.delete(principal, id, required);
  }
}
