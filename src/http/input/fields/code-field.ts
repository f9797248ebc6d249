import { hasLength } from '../../../common/text.js';
import { acceptsString, Field, type Presence } from './field.js';
import { ofString } from './refusal.js';

const CODE_LENGTH_MAX = 64;

/** A code from a mail. Any short string: a wrong one is refused by the core, whatever its form. */
export function CodeField(): PropertyDecorator {
  return Field({
    rule: acceptsString((code) => hasLength(code, 1, CODE_LENGTH_MAX)),
    message: `must be a string of 1 to ${CODE_LENGTH_MAX} characters`,
    hint: 'Enter the code from the mail',
    diagnose: ofString({ min: 1, max: CODE_LENGTH_MAX }),
    docs: {
      type: String,
      minLength: 1,
      maxLength: CODE_LENGTH_MAX,
      description: 'The code from the mail. Case, spaces and hyphens do not matter.',
      example: 'K7QM-2XRT-9FHC',
    },
  });
}

/** A code of an authenticator app, or a recovery code. */
export function SecondFactorField({
  description = 'The code of the authenticator app, or a recovery code, for accounts that need one.',
  ...presence
}: Presence & { readonly description?: string } = {}): PropertyDecorator {
  return Field({
    ...presence,
    rule: acceptsString((code) => hasLength(code, 1, CODE_LENGTH_MAX)),
    message: `must be a string of 1 to ${CODE_LENGTH_MAX} characters`,
    hint: 'Enter the code of the authenticator app, or a recovery code',
    diagnose: ofString({ min: 1, max: CODE_LENGTH_MAX }),
    docs: { type: String, minLength: 1, maxLength: CODE_LENGTH_MAX, description, example: '492039' },
  });
}
