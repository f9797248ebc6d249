import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf, type ValidationOptions } from 'class-validator';
import type { Diagnosis, FieldRefusal } from './refusal.js';

export interface Presence {
  /** May be left out. */
  readonly optional?: boolean;
  /** May be null: the same as left out when a resource is created, cleared when it is updated. */
  readonly nullable?: boolean;
}

/** A validation decorator of class-validator, or several of them applied together. */
type Rule = (options: ValidationOptions) => PropertyDecorator;

interface FieldOptions extends Presence {
  /** Checks what was sent, after `normalize`. */
  readonly rule: Rule;
  /** The message of a failed check, after the field's name: "must be …". Never repeats what was sent. */
  readonly message: string;
  /** What a person is asked to do, given the field's name as a noun: "Enter a name of …". Absent: as `message`. */
  readonly hint?: string | ((noun: string) => string);
  /** What is wrong with a value that the rule refuses, unless it is missing. */
  readonly diagnose: Diagnosis;
  readonly normalize?: (value: unknown) => unknown;
  readonly docs: ApiPropertyOptions;
}

/**
 * A field of a body or query: its rule, its messages and its documentation side by side. The decorators beside this file
 * are the common kinds; a contract may make its own.
 */
export function Field(options: FieldOptions): PropertyDecorator {
  const { rule, message, hint, diagnose, normalize, docs, optional = false, nullable = false } = options;
  const refusal: FieldRefusal = { message, hint, diagnose, isOptional: optional };
  const decorators = [
    // class-validator drops the context of a check without a message.
    rule({ message, context: { refusal } }),
    ApiProperty({ ...docs, required: !optional, ...(nullable && { nullable: true }) } as ApiPropertyOptions),
  ];
  if (normalize) decorators.push(Transform(({ value }) => normalize(value)));
  if (optional || nullable) {
    decorators.push(ValidateIf((_, value) => !((optional && value === undefined) || (nullable && value === null))));
  }
  return applyDecorators(...decorators);
}

/** A custom rule, where class-validator has none that is the same. `object` is the one that has the field. */
export function accepts(validate: (value: unknown, object: object) => boolean): Rule {
  const validator = {
    validate: (value: unknown, args?: { readonly object: object }) => validate(value, args?.object ?? {}),
  };
  return (options) => ValidateBy({ name: 'field', validator }, options);
}

/** The same for strings; anything else is refused. */
export function acceptsString(validate: (value: string, object: object) => boolean): Rule {
  return accepts((value, object) => typeof value === 'string' && validate(value, object));
}

/** Applies every rule. */
export function all(...rules: readonly Rule[]): Rule {
  return (options) => applyDecorators(...rules.map((rule) => rule(options)));
}

/** Applies `change` to a string and leaves anything else for the rule to refuse. */
export function onString(change: (value: string) => unknown): (value: unknown) => unknown {
  return (value) => (typeof value === 'string' ? change(value) : value);
}

/** The same for each string of a list. */
export function onStrings(change: (value: string) => unknown): (value: unknown) => unknown {
  return (value) => (Array.isArray(value) ? value.map(onString(change)) : value);
}
