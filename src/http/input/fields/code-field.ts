import { hasLength } from '../../../common/text.js';
import { acceptsString, Field, type Presence } from './field.js';
import { ofString } from './refusal.js';

const CODE_LENGTH_MAX = 64;

/** A code from a mail. */
export function CodeField(): PropertyDecorator {
  return ShortCodeField({
    hint: 'Enter the code from the mail',
    description: 'The code from the mail. Case, spaces and hyphens do not matter.',
    example: 'K7QM-2XRT-9FHC',
  });
}

/** A code of an authenticator app, or a recovery code. */
export function SecondFactorField({
  description = 'The code of the authenticator app, or a recovery code, for accounts that need one.',
  ...presence
}: Presence & { readonly description?: string } = {}): PropertyDecorator {
  return ShortCodeField({
    ...presence,
    hint: 'Enter the code of the authenticator app, or a recovery code',
    description,
    example: '492039',
  });
}

interface CodeOptions extends Presence {
  readonly hint: string;
  readonly description: string;
  readonly example: string;
}

/** Any short string: a wrong code is refused by the core, whatever its form. */
function ShortCodeField({ hint, description, example, ...presence }: CodeOptions): PropertyDecorator {
  return Field({
    ...presence,
    rule: acceptsString((code) => hasLength(code, 1, CODE_LENGTH_MAX)),
    message: `must be a string of 1 to ${CODE_LENGTH_MAX} characters`,
    hint,
    diagnose: ofString({ min: 1, max: CODE_LENGTH_MAX }),
    docs: { type: String, minLength: 1, maxLength: CODE_LENGTH_MAX, description, example },
  });
}
