import type { ApiPropertyOptions } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';
import { all, Field, onString, type Presence } from './field.js';
import { ofInteger } from './refusal.js';

interface IntegerOptions {
  readonly min: number;
  readonly max: number;
  readonly description: string;
  readonly example: number;
}

/** A whole number in a body: a JSON number, not a string. */
export function IntegerField({ optional, nullable, ...options }: Presence & IntegerOptions): PropertyDecorator {
  return Field({ optional, nullable, ...integer(options) });
}

const DIGITS = /^(?:0|[1-9]\d{0,9})$/;

/** A whole number in a query, in plain digits; reaches the handler as a number. */
export function QueryIntegerField({
  defaultsTo,
  ...options
}: IntegerOptions & { readonly defaultsTo?: number }): PropertyDecorator {
  const { docs, ...rule } = integer(options);
  return Field({
    ...rule,
    optional: true,
    normalize: onString((text) => (DIGITS.test(text) ? Number(text) : text)),
    docs: defaultsTo === undefined ? docs : { ...docs, default: defaultsTo },
  });
}

function integer({ min, max, description, example }: IntegerOptions) {
  const docs: ApiPropertyOptions = { type: 'integer', minimum: min, maximum: max, description, example };
  return {
    rule: all(
      IsInt,
      (options) => Min(min, options),
      (options) => Max(max, options),
    ),
    message: `must be a whole number from ${min} to ${max}`,
    hint: `Enter a whole number from ${min} to ${max}`,
    diagnose: ofInteger({ min, max }),
    docs,
  };
}
