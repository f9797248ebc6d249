import { Matches } from 'class-validator';
import type { PageRequest } from '../../common/page.js';
import { notTogether } from '../../http/input/together.js';
import { trimSpace } from '../../common/text.js';
import { CursorField } from '../../http/input/fields/cursor-field.js';
import { DateField } from '../../http/input/fields/date-fields.js';
import { Field, onString } from '../../http/input/fields/field.js';
import { ofFormat } from '../../http/input/fields/refusal.js';
import { ChoiceField } from '../../http/input/fields/choice-field.js';
import { QueryIntegerField } from '../../http/input/fields/integer-fields.js';
import { PasswordField } from '../../http/input/fields/password-fields.js';
import { TextField } from '../../http/input/fields/text-fields.js';

const SONG_ID_TYPES = ['luminate', 'isrc'] as const;
const ARTIST_ID_TYPES = ['luminate', 'isni'] as const;

/** How the core calls a kind of id; undefined: an id of this installation. */
export const CORE_ID_TYPES = { luminate: undefined, isrc: 'isrc', isni: 'isni' } as const;

const FROM_MAX = 100_000_000;

export class FeedLoginDto {
  @TextField({ max: 254, description: 'The e-mail address or the username.', example: 'john@example.com' })
  username!: string;

  @PasswordField()
  password!: string;
}

const METADATA_LEVELS = ['min', 'max'] as const;
const SWITCH = ['true', 'false'] as const;
type MetadataLevel = (typeof METADATA_LEVELS)[number];
export type Switch = (typeof SWITCH)[number];

/** What the answer has of an artist or song. */
export class FeedDetailsQuery {
  @ChoiceField(METADATA_LEVELS, {
    optional: true,
    enumName: 'MetadataLevel',
    description: '`max` adds the identifiers and other names. Default: `min`.',
    example: 'max',
  })
  metadata_level?: MetadataLevel;

  @ChoiceField(SWITCH, {
    optional: true,
    enumName: 'ExternalIds',
    description: '`true` adds `external_ids`, the identifiers by type.',
    example: 'true',
  })
  external_ids?: Switch;

  @ChoiceField(['none'], {
    optional: true,
    enumName: 'Relationships',
    description: 'Related artists and songs; there are none.',
    example: 'none',
  })
  relationships?: 'none';
}

/** Names of the published API for figures, of which this server has none: they are checked and answered with `metrics: []`. */
export class FeedMetricsQuery extends FeedDetailsQuery {
  @ChoiceField(['all'], {
    optional: true,
    enumName: 'Metrics',
    description: 'Adds `metrics`, which is empty.',
    example: 'all',
  })
  metrics?: 'all';

  @ChoiceField(SWITCH, {
    optional: true,
    enumName: 'ActivityToDate',
    description: 'Figures to date. Adds `metrics`, which is empty.',
    example: 'true',
  })
  atd?: Switch;

  @CountryField()
  location?: string;

  @DateField({ optional: true, description: 'Adds `metrics`, which is empty.' })
  start_date?: string;

  @DateField({ optional: true, description: 'Adds `metrics`, which is empty.' })
  end_date?: string;
}

function CountryField(): PropertyDecorator {
  return Field({
    optional: true,
    normalize: onString(trimSpace),
    rule: (options) => Matches(/^[A-Z]{2}$/i, options),
    message: 'must be a country code of two letters, such as US',
    diagnose: ofFormat,
    docs: {
      type: String,
      pattern: '^[A-Za-z]{2}$',
      description: 'A country (ISO 3166-1). Adds `metrics`, which is empty.',
      example: 'US',
    },
  });
}

export class ListFeedArtistsQuery extends FeedDetailsQuery {
  @QueryIntegerField({
    min: 0,
    max: FROM_MAX,
    description: 'The index of the first item, from 0. Cannot be used together with `cursor`.',
    example: 0,
  })
  from?: number;

  @QueryIntegerField({ min: 1, max: 50, description: 'The number of items.', example: 10, defaultsTo: 10 })
  size: number = 10;

  @CursorField('next_cursor')
  cursor?: string;
}

/** @throws DomainError `invalid_request` where from and cursor are both given */
export function toFeedPage({ from, size, cursor }: ListFeedArtistsQuery): PageRequest {
  if (cursor === undefined) return { size, offset: from ?? 0 };
  if (from !== undefined) throw notTogether('cursor', 'from');
  return { size, cursor };
}

export class ShowFeedArtistQuery extends FeedMetricsQuery {
  @ChoiceField(ARTIST_ID_TYPES, {
    optional: true,
    enumName: 'ArtistIdType',
    description: 'The kind of id: that of this API (`luminate`, the default), or an ISNI.',
    example: 'isni',
  })
  id_type: (typeof ARTIST_ID_TYPES)[number] = 'luminate';
}

export class ShowFeedSongQuery extends FeedMetricsQuery {
  @ChoiceField(SONG_ID_TYPES, {
    optional: true,
    enumName: 'IdType',
    description: 'The kind of id: that of this API (`luminate`, the default), or an ISRC.',
    example: 'isrc',
  })
  id_type: (typeof SONG_ID_TYPES)[number] = 'luminate';
}
