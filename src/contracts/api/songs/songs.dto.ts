import { trimSpace } from '../../../common/text.js';
import { ISRC } from '../../../modules/artists/isrc.js';
import { DateField, Field, IntegerField, onText, TextField } from '../../edge/fields.js';

/** With hyphens. */
const ISRC_LENGTH_MAX = 20;
const DAY_MS = 86_400_000;

function IsrcField(): PropertyDecorator {
  return Field({
    optional: true,
    nullable: true,
    normalize: onText((text) => {
      const code = trimSpace(text);
      return code.length <= ISRC_LENGTH_MAX ? code.replaceAll('-', '') : code;
    }),
    accepts: (value) => typeof value === 'string' && ISRC.test(value),
    otherwise: 'must be an ISRC such as USRC12345678',
    docs: {
      type: String,
      maxLength: ISRC_LENGTH_MAX,
      pattern: '^([A-Z]-*){2}([A-Z0-9]-*){3}(\\d-*){7}$',
      description: 'International Standard Recording Code; hyphens are dropped. Unique within one owner.',
      example: 'USRC12345678',
    },
  });
}

const Title = (optional: boolean): PropertyDecorator =>
  TextField({ optional, max: 200, description: 'The song’s title.', example: 'City Lights' });
const ReleaseDate = (): PropertyDecorator =>
  DateField({ optional: true, nullable: true, description: 'When it was or will be released.' });
const DurationMs = (): PropertyDecorator =>
  IntegerField({
    optional: true,
    nullable: true,
    min: 1,
    max: DAY_MS,
    description: 'Its length in milliseconds.',
    example: 215_000,
  });

export class CreateSongDto {
  @Title(false)
  title!: string;

  @IsrcField()
  isrc?: string | null;

  @ReleaseDate()
  releaseDate?: string | null;

  @DurationMs()
  durationMs?: number | null;
}

export class UpdateSongDto {
  @Title(true)
  title?: string;

  @IsrcField()
  isrc?: string | null;

  @ReleaseDate()
  releaseDate?: string | null;

  @DurationMs()
  durationMs?: number | null;
}
