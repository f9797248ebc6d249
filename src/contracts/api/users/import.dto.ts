import { BooleanField } from '../../../http/input/fields/boolean-field.js';
import { InstantField } from '../../../http/input/fields/date-fields.js';
import { acceptsString, Field } from '../../../http/input/fields/field.js';
import { ofString } from '../../../http/input/fields/refusal.js';
import { PasswordField } from '../../../http/input/fields/password-fields.js';
import { createValidationPipe } from '../../../http/input/validation.pipe.js';
import type { ImportedUser } from '../../../modules/user-import/user-import.js';
import { splitName } from '../../../modules/users/person-name.js';
import { PersonDto } from './person.dto.js';

const HASH_MAX = 1024;

/** A line of an import. */
class ImportLineDto extends PersonDto {
  @InstantField({ optional: true, nullable: true, description: 'When the user signed up elsewhere. Default: now.' })
  createdAt?: Date | null;

  @BooleanField({
    optional: true,
    description: 'Whether the address was verified elsewhere. Default: false.',
    example: true,
  })
  emailVerified?: boolean;

  @Field({
    optional: true,
    nullable: true,
    rule: acceptsString(({ length }) => length <= HASH_MAX),
    message: `must be a string of at most ${HASH_MAX} characters`,
    diagnose: ofString({ max: HASH_MAX }),
    docs: {
      type: String,
      maxLength: HASH_MAX,
      description: 'The password hash of the other system. Without it the user sets a password by a reset.',
      example: '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    },
  })
  passwordHash?: string | null;

  @PasswordField({ optional: true, nullable: true })
  probePassword?: string | null;
}

const pipe = createValidationPipe();

/** A line as a user. @throws DomainError `invalid_request` */
export async function toImportedUser(line: object): Promise<ImportedUser> {
  const { name, ...person } = (await pipe.transform(line, { type: 'body', metatype: ImportLineDto })) as ImportLineDto;
  return { ...person, ...splitName(name) };
}
