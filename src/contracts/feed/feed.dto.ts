import { ChoiceField, PasswordField, QueryIntegerField, TextField } from '../edge/fields.js';

export const ID_TYPES = ['luminate', 'isrc'] as const;
export type IdType = (typeof ID_TYPES)[number];

const FROM_MAX = 100_000_000;

export class FeedLoginDto {
  @TextField({ max: 254, description: 'The e-mail address or the username.', example: 'john@example.com' })
  username!: string;

  @PasswordField()
  password!: string;
}

export class ListFeedArtistsQuery {
  @QueryIntegerField({ min: 0, max: FROM_MAX, description: 'The first one, counted from 0.', example: 0, preset: 0 })
  from: number = 0;

  @QueryIntegerField({ min: 1, max: 50, description: 'How many.', example: 10, preset: 10 })
  size: number = 10;
}

export class ShowFeedSongQuery {
  @ChoiceField(ID_TYPES, {
    optional: true,
    enumName: 'IdType',
    description: 'What the id is: ours (`luminate`, the default), or an ISRC.',
    example: 'isrc',
  })
  id_type: IdType = 'luminate';
}
