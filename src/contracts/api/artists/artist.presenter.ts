import { ApiProperty } from '@nestjs/swagger';
import { ARTIST_STATUSES, type ArtistStatus } from '../../../modules/artists/artist-status.js';
import type { Artist } from '../../../modules/artists/artist.entity.js';

export class ArtistView {
  @ApiProperty({ format: 'uuid', example: '01935c70-2b1c-7e45-8a9d-0f1e2d3c4b5a' })
  id!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  name!: string;

  @ApiProperty({ enum: [...ARTIST_STATUSES], enumName: 'ArtistStatus', example: 'active' })
  status!: ArtistStatus;

  @ApiProperty({ format: 'uuid', description: 'The owner.', example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d' })
  userId!: string;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
  updatedAt!: string;
}

export function presentArtist(artist: Artist): ArtistView {
  return {
    id: artist.id,
    name: artist.name,
    status: artist.status,
    userId: artist.userId,
    createdAt: artist.createdAt.toISOString(),
    updatedAt: artist.updatedAt.toISOString(),
  };
}
