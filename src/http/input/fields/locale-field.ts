import { acceptsString, Field, onString, type Presence } from './field.js';
import { ofString } from './refusal.js';
import { trimSpace } from '../../../common/text.js';

const LOCALE_LENGTH_MAX = 35;

/** A BCP 47 language tag, in canonical form. */
export function LocaleField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString((text) => canonicalLocale(trimSpace(text)) ?? text),
    rule: acceptsString((text) => canonicalLocale(text) !== undefined),
    message: 'must be a language tag such as en or pt-BR',
    hint: 'Choose a language',
    diagnose: ofString({ max: LOCALE_LENGTH_MAX }),
    docs: {
      type: String,
      maxLength: LOCALE_LENGTH_MAX,
      pattern: '^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$',
      description: 'The language of mails to the user, a BCP 47 tag.',
      example: 'pt-BR',
    },
  });
}

function canonicalLocale(text: string): string | undefined {
  if (text.length > LOCALE_LENGTH_MAX) return undefined;
  try {
    return Intl.getCanonicalLocales(text)[0];
  } catch {
    return undefined;
  }
}
