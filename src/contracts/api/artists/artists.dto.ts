import { isUuid } from '../../../common/text.js';
import { ARTIST_STATUSES, type ArtistStatus } from '../../../modules/artists/artist-status.js';
import { ChoiceField, Field, TextField } from '../../edge/fields.js';
import { SearchQuery } from '../page-query.js';

export class ListArtistsQuery extends SearchQuery {
  @ChoiceField(ARTIST_STATUSES, {
    optional: true,
    enumName: 'ArtistStatus',
    description: 'Only artists of this status.',
    example: 'active',
  })
  status?: ArtistStatus;

  @Field({
    optional: true,
    accepts: (value) => typeof value === 'string' && isUuid(value),
    otherwise: 'must be the id of a user',
    docs: {
      type: String,
      format: 'uuid',
      description: 'Only this owner’s artists; of use to admins.',
      example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d',
    },
  })
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
