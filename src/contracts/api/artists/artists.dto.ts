import { AliasesField, IdentifiersField, IdsField, IdTypeField } from '../../../http/input/fields/catalogue-fields.js';
import { ChoiceField } from '../../../http/input/fields/choice-field.js';
import { ArtistIdField, UserIdField } from '../../../http/input/fields/id-fields.js';
import { TextField } from '../../../http/input/fields/text-fields.js';
import type { Identifier } from '../../../common/identifier.js';
import { ARTIST_STATUSES, type ArtistStatus } from '../../../modules/artists/artist-policy.js';
import { CatalogueQuery } from '../page-query.js';

export class ListArtistsQuery extends CatalogueQuery {
  @ChoiceField(ARTIST_STATUSES, {
    optional: true,
    enumName: 'ArtistStatus',
    description: 'Only artists with this status.',
    example: 'active',
  })
  status?: ArtistStatus;

  @UserIdField({ description: 'Only artists of this owner; for admins.' })
  userId?: string;

  @IdsField()
  ids?: string[];

  @IdTypeField('artist')
  id_type?: string;
}

export class ShowArtistQuery {
  @IdTypeField('artist')
  id_type?: string;
}

class ArtistDetailsDto {
  @TextField({
    optional: true,
    nullable: true,
    max: 200,
    description: 'What lists are sorted by. Null: the name.',
    example: 'Midnight Collective, The',
  })
  sortName?: string | null;

  @AliasesField()
  aliases?: string[];

  @TextField({
    optional: true,
    nullable: true,
    max: 200,
    description: 'Tells artists of the same name apart.',
    example: 'synthwave duo from Lyon',
  })
  disambiguation?: string | null;

  @IdentifiersField('artist')
  identifiers?: Identifier[];
}

export class CreateArtistDto extends ArtistDetailsDto {
  @TextField({ max: 200, description: 'The name of the artist.', example: 'The Midnight Collective' })
  name!: string;

  @ChoiceField(ARTIST_STATUSES, {
    optional: true,
    enumName: 'ArtistStatus',
    description: 'Default: `active`.',
    example: 'active',
  })
  status?: ArtistStatus;
}

export class UpdateArtistDto extends ArtistDetailsDto {
  @TextField({ optional: true, max: 200, description: 'The name of the artist.', example: 'Midnight' })
  name?: string;

  @ChoiceField(ARTIST_STATUSES, {
    optional: true,
    enumName: 'ArtistStatus',
    description: 'The owner can deactivate an artist; only an admin can reactivate it.',
    example: 'inactive',
  })
  status?: ArtistStatus;
}

export class MergeArtistDto {
  @ArtistIdField({ description: 'The id of the artist that remains.' })
  into!: string;
}
