import { ARTIST_STATUSES, type ArtistStatus } from '../../../modules/artists/artist-status.js';
import { ChoiceField, TextField, UserIdField } from '../../edge/fields.js';
import { SearchQuery } from '../page-query.js';

export class ListArtistsQuery extends SearchQuery {
  @ChoiceField(ARTIST_STATUSES, {
    optional: true,
    enumName: 'ArtistStatus',
    description: 'Only artists of this status.',
    example: 'active',
  })
  status?: ArtistStatus;

  @UserIdField({ description: 'Only this owner’s artists; of use to admins.' })
  userId?: string;
}

export class CreateArtistDto {
  @TextField({ max: 200, description: 'The artist’s name.', example: 'The Midnight Collective' })
  name!: string;

  @ChoiceField(ARTIST_STATUSES, {
    optional: true,
    enumName: 'ArtistStatus',
    description: 'Left out: active.',
    example: 'active',
  })
  status?: ArtistStatus;
}

export class UpdateArtistDto {
  @TextField({ optional: true, max: 200, description: 'The artist’s name.', example: 'Midnight' })
  name?: string;

  @ChoiceField(ARTIST_STATUSES, {
    optional: true,
    enumName: 'ArtistStatus',
    description: 'The owner may deactivate; only an admin activates again.',
    example: 'inactive',
  })
  status?: ArtistStatus;
}
