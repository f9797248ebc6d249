import type { Identifier } from '../../../common/identifier.js';
import {
  IdentifiersField,
  IdsField,
  IdTypeField,
  IsrcField,
  TitleField,
} from '../../../http/input/fields/catalogue-fields.js';
import { PartialDateField } from '../../../http/input/fields/date-fields.js';
import { ArtistIdField, UserIdField } from '../../../http/input/fields/id-fields.js';
import { IntegerField } from '../../../http/input/fields/integer-fields.js';
import { TextField } from '../../../http/input/fields/text-fields.js';
import { CatalogueQuery } from '../page-query.js';

const DAY_MS = 86_400_000;

export class ListSongsQuery extends CatalogueQuery {
  @ArtistIdField({ optional: true, description: 'Only songs of this artist.' })
  artistId?: string;

  @UserIdField({ description: 'Only songs of this owner; for admins.' })
  userId?: string;

  @IdsField()
  ids?: string[];

  @IdTypeField('song')
  id_type?: string;
}

export class ShowSongQuery {
  @IdTypeField('song')
  id_type?: string;
}

export class SongDetailsDto {
  @TextField({
    optional: true,
    nullable: true,
    max: 500,
    description: 'The artist as credited on this recording. Null: the name of the artist.',
    example: 'The Midnight Collective feat. Jane Doe',
  })
  displayArtist?: string | null;

  @IsrcField()
  isrc?: string | null;

  @IdentifiersField('song')
  identifiers?: Identifier[];

  @PartialDateField({
    optional: true,
    nullable: true,
    description: 'The date of the release; the day, or month and day, may be left out.',
  })
  releaseDate?: string | null;

  @IntegerField({
    optional: true,
    nullable: true,
    min: 1,
    max: DAY_MS,
    description: 'The length in milliseconds.',
    example: 215_000,
  })
  durationMs?: number | null;
}

export class CreateSongDto extends SongDetailsDto {
  @TitleField()
  title!: string;
}

export class UpdateSongDto extends SongDetailsDto {
  @TitleField({ optional: true })
  title?: string;

  @ArtistIdField({ optional: true, description: 'Moves the song to this artist of the same owner.' })
  artistId?: string;
}
