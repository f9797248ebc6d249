import { IsBoolean } from 'class-validator';
import { Field, type Presence } from './field.js';
import { ofBoolean } from './refusal.js';

interface BooleanOptions extends Presence {
  readonly description: string;
  readonly example: boolean;
}

/** `true` or `false`, as JSON has them. */
export function BooleanField({ description, example, ...presence }: BooleanOptions): PropertyDecorator {
  return Field({
    ...presence,
    rule: IsBoolean,
    message: 'must be true or false',
    diagnose: ofBoolean,
    docs: { type: Boolean, description, example },
  });
}
