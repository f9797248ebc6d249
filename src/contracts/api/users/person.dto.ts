import { EmailField, PhoneField, UsernameField } from '../../../http/input/fields/account-fields.js';
import { LocaleField } from '../../../http/input/fields/locale-field.js';
import { FullNameField } from '../../../http/input/fields/text-fields.js';

/** A person who gets an account without signing up. */
export class PersonDto {
  @EmailField()
  email!: string;

  @FullNameField()
  name!: string;

  @UsernameField({ optional: true, nullable: true })
  username?: string | null;

  @PhoneField({ optional: true, nullable: true })
  phone?: string | null;

  @LocaleField({ optional: true, nullable: true })
  locale?: string | null;
}
