import { ApiProperty } from '@nestjs/swagger';
import type { Song } from '../../../modules/artists/song.entity.js';

export class SongView {
  @ApiProperty({ format: 'uuid', example: '01935c72-4d5e-7f60-9b8a-7c6d5e4f3a2b' })
  id!: string;

  @ApiProperty({ format: 'uuid', example: '01935c70-2b1c-7e45-8a9d-0f1e2d3c4b5a' })
  artistId!: string;

  @ApiProperty({ example: 'City Lights' })
  title!: string;

  @ApiProperty({ type: String, nullable: true, example: 'USRC12345678' })
  isrc!: string | null;

  @ApiProperty({ type: String, format: 'date', nullable: true, example: '2024-02-29' })
  releaseDate!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Milliseconds.', example: 215_000 })
  durationMs!: number | null;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
  updatedAt!: string;
}

export function presentSong(song: Song): SongView {
  return {
    id: song.id,
    artistId: song.artistId,
    title: song.title,
    isrc: song.isrc,
    releaseDate: song.releaseDate,
    durationMs: song.durationMs,
    createdAt: song.createdAt.toISOString(),
    updatedAt: song.updatedAt.toISOString(),
  };
}
