import { ApiProperty } from '@nestjs/swagger';
import { ARTIST_ID, USER_ID } from '../../../http/docs/example-values.js';
import { IdProperty, TimeProperty } from '../../../http/docs/properties.js';
import { ARTIST_STATUSES, type ArtistStatus } from '../../../modules/artists/artist-policy.js';
import { IdentifierView, presentIdentifier } from '../identifier.presenter.js';
import type { Artist } from '../../../modules/artists/artist.entity.js';

export class ArtistView {
  @IdProperty(ARTIST_ID)
  id!: string;

  @ApiProperty({ example: 'The Midnight Collective' })
  name!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What lists are sorted by; null: the name.',
    example: 'Midnight Collective, The',
  })
  sortName!: string | null;

  @ApiProperty({ type: String, isArray: true, description: 'Other names.', example: ['Midnight Coll.', 'TMC'] })
  aliases!: readonly string[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Tells artists of the same name apart.',
    example: 'synthwave duo from Lyon',
  })
  disambiguation!: string | null;

  @ApiProperty({ type: () => IdentifierView, isArray: true, description: 'Ids in other registers.' })
  identifiers!: readonly IdentifierView[];

  @ApiProperty({ enum: [...ARTIST_STATUSES], enumName: 'ArtistStatus', example: 'active' })
  status!: ArtistStatus;

  @IdProperty(USER_ID, 'The owner.')
  userId!: string;

  @TimeProperty()
  createdAt!: string;

  @TimeProperty()
  updatedAt!: string;
}

export function presentArtist(artist: Artist): ArtistView {
  return {
    id: artist.id,
    name: artist.name,
    sortName: artist.sortName,
    aliases: artist.aliases,
    disambiguation: artist.disambiguation,
    identifiers: artist.identifiers.map(presentIdentifier),
    status: artist.status,
    userId: artist.userId,
    createdAt: artist.createdAt.toISOString(),
    updatedAt: artist.updatedAt.toISOString(),
  };
}
