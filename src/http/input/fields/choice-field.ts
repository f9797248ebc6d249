import { IsIn } from 'class-validator';
import { trimSpace } from '../../../common/text.js';
import { Field, onString, type Presence } from './field.js';
import { ofChoice } from './refusal.js';

interface ChoiceOptions<T extends string> extends Presence {
  readonly enumName: string;
  readonly description: string;
  readonly example: T;
}

/** One of a list of words. */
export function ChoiceField<T extends string>(
  choices: readonly T[],
  { enumName, description, example, ...presence }: ChoiceOptions<T>,
): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(trimSpace),
    rule: (options) => IsIn(choices, options),
    message: `must be one of ${choices.join(', ')}`,
    hint: `Choose one of ${choices.join(', ')}`,
    diagnose: ofChoice(choices),
    docs: { enum: [...choices], enumName, description, example },
  });
}
