import { IsString } from 'class-validator';
import {
  collapseSpace,
  hasDirectionControl,
  hasLength,
  hasVisibleCharacter,
  isCleanText,
  trimSpace,
} from '../../../common/text.js';
import { REFRESH_TOKEN } from '../../docs/example-values.js';
import { acceptsString, Field, onString, type Presence } from './field.js';
import { always, ofText } from './refusal.js';

const SEARCH_MAX = 200;

interface TextOptions extends Presence {
  readonly min?: number;
  readonly max: number;
  readonly description: string;
  readonly example: string;
}

/**
 * Any text with a visible character, trimmed, without control characters and controls of writing direction. Lengths in
 * Unicode code points.
 */
export function TextField(options: TextOptions): PropertyDecorator {
  return VisibleTextField(trimSpace, options);
}

/** A first and last name in one string; runs of spaces in it become one. */
export function FullNameField(presence: Presence = {}): PropertyDecorator {
  return VisibleTextField(collapseSpace, {
    ...presence,
    max: 101,
    description: 'First and last name, separated by the first space.',
    example: 'John Doe',
  });
}

function VisibleTextField(
  normalize: (text: string) => string,
  { min = 1, max, description, example, ...presence }: TextOptions,
): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(normalize),
    rule: acceptsString((text) => isVisibleText(text, min, max)),
    message: `must be ${min} to ${max} characters, at least one of them visible, without control characters`,
    hint: (noun) => `Enter ${noun} of ${min} to ${max} characters`,
    diagnose: ofText({ min, max }),
    docs: { type: String, minLength: min, maxLength: max, description, example },
  });
}

/** Part of a name to search for. Left empty, as by an empty search box, it is the same as left out. */
export function SearchField({ description, example }: Pick<TextOptions, 'description' | 'example'>): PropertyDecorator {
  return Field({
    optional: true,
    normalize: onString((text) => trimSpace(text) || undefined),
    rule: acceptsString((text) => isVisibleText(text, 1, SEARCH_MAX)),
    message: `must be at most ${SEARCH_MAX} characters, at least one of them visible, without control characters`,
    hint: `Search for at most ${SEARCH_MAX} characters`,
    diagnose: ofText({ max: SEARCH_MAX }),
    docs: { type: String, maxLength: SEARCH_MAX, description, example },
  });
}

/** The rule of every name and title. */
export function isVisibleText(text: string, min: number, max: number): boolean {
  return hasLength(text, min, max) && isCleanText(text) && !hasDirectionControl(text) && hasVisibleCharacter(text);
}

/** Any string: a wrong refresh token is refused by the core, whatever its form. */
export function RefreshTokenField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    rule: IsString,
    message: 'must be a string',
    diagnose: always({ code: 'type' }),
    docs: {
      type: String,
      description: 'The refresh token of a login.',
      example: REFRESH_TOKEN,
    },
  });
}
