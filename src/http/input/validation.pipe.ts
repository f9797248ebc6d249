import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import { getMetadataStorage, type ValidationError } from 'class-validator';
import { DomainError } from '../../common/domain-error.js';
import type { FieldError } from '../../common/field-error.js';
import { PROBLEMS_MAX } from '../../common/limits.js';
import { type FieldRefusal, refusalOf } from './fields/refusal.js';
import { type InputKind, shownName, unknownInput } from './unknown-input.js';

/**
 * The one pipe for all input: unknown fields are refused, and the problems of the input are reported at once, the first
 * {@link PROBLEMS_MAX} of them by name.
 */
export function createValidationPipe(): ValidationPipe {
  return new InputPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    // Nest leaves it out; some errors depend on the rest of the body.
    validationError: { target: true },
    exceptionFactory: (errors) => new InvalidInput(errors),
  });
}

/** What the pipe's base class throws for input that is not valid. */
class InvalidInput extends Error {
  constructor(readonly errors: readonly ValidationError[]) {
    super();
  }
}

class InputPipe extends ValidationPipe {
  /** @throws DomainError `invalid_request` */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Read first: Nest strips `__proto__`, `prototype` and `constructor` from the value itself.
    const sent = isObject(value) ? Object.keys(value) : [];
    const kind = metadata.type === 'query' ? 'query parameter' : 'field';
    const surplus = surplusFields(sent, metadata);
    try {
      const input: unknown = await super.transform(
        surplus.size > 0 ? without(value as object, surplus) : value,
        metadata,
      );
      if (isObject(input)) refuseDroppedFields(sent, input, kind);
      return input;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      throw invalidRequest(
        error.errors.flatMap((one) => fieldErrorsOf(one, '', kind)),
        surplus.size,
      );
    }
  }
}

/** Unknown fields beyond those that an error would name, which are counted and not validated. */
function surplusFields(sent: readonly string[], { metatype }: ArgumentMetadata): ReadonlySet<string> {
  if (metatype === undefined || sent.length <= PROBLEMS_MAX) return new Set();
  const rules = getMetadataStorage().getTargetValidationMetadatas(metatype, '', false, false);
  const known = new Set(rules.map(({ propertyName }) => propertyName));
  return new Set(known.size > 0 ? sent.filter((field) => !known.has(field)).slice(PROBLEMS_MAX) : []);
}

function without(value: object, fields: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(value).filter(([field]) => !fields.has(field)));
}

/** Names the first problems and counts the others, so that an answer is not many times the size of its request. */
function invalidRequest(problems: readonly FieldError[], uncounted = 0): DomainError {
  const more = Math.max(0, problems.length - PROBLEMS_MAX) + uncounted;
  const fields = problems.slice(0, PROBLEMS_MAX);
  if (more > 0) fields.push({ field: '', code: 'more', count: more, message: `and ${more} more` });
  return new DomainError('invalid_request', { fields });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The whitelist does not see what Nest and class-transformer (`toString`, …) drop silently. */
function refuseDroppedFields(sent: readonly string[], kept: object, kind: InputKind): void {
  const fields = sent.filter((field) => !Object.hasOwn(kept, field)).map((field) => unknownInput(field, kind));
  if (fields.length > 0) throw invalidRequest(fields);
}

function fieldErrorsOf(error: ValidationError, parent: string, kind: InputKind): FieldError[] {
  const field = shownName(parent + error.property);
  const own = Object.keys(error.constraints ?? {}).map((constraint) => {
    const { refusal } = (error.contexts?.[constraint] ?? {}) as { readonly refusal?: FieldRefusal };
    // The whitelist is the only rule without one.
    return refusal ? refusalOf(field, error.value, error.target ?? {}, refusal) : unknownInput(field, kind);
  });
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrorsOf(child, `${field}.`, kind))];
}
