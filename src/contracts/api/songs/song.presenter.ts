import { ApiProperty } from '@nestjs/swagger';
import { ARTIST_ID, SONG_ID } from '../../../http/docs/example-values.js';
import { IdProperty, TimeProperty } from '../../../http/docs/properties.js';
import { IdentifierView, presentIdentifier } from '../identifier.presenter.js';
import type { Song } from '../../../modules/artists/song.entity.js';

export class SongView {
  @IdProperty(SONG_ID)
  id!: string;

  @IdProperty(ARTIST_ID)
  artistId!: string;

  @ApiProperty({ example: 'City Lights' })
  title!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The artist as credited on this recording; null: the name of the artist.',
    example: 'The Midnight Collective feat. Jane Doe',
  })
  displayArtist!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'USRC12345678' })
  isrc!: string | null;

  @ApiProperty({
    type: () => IdentifierView,
    isArray: true,
    description: 'Ids in other registers.',
    example: [{ type: 'x-catalogue', value: 'MC-17' }],
  })
  identifiers!: readonly IdentifierView[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'A year, a month or a day, as precise as it was given.',
    example: '2024-02-29',
  })
  releaseDate!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Milliseconds.', example: 215_000 })
  durationMs!: number | null;

  @TimeProperty()
  createdAt!: string;

  @TimeProperty()
  updatedAt!: string;
}

export function presentSong(song: Song): SongView {
  return {
    id: song.id,
    artistId: song.artistId,
    title: song.title,
    displayArtist: song.displayArtist,
    isrc: song.isrc,
    identifiers: song.identifiers.map(presentIdentifier),
    releaseDate: song.releaseDate,
    durationMs: song.durationMs,
    createdAt: song.createdAt.toISOString(),
    updatedAt: song.updatedAt.toISOString(),
  };
}
