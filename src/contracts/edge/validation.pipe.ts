import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { DomainError, type FieldError } from '../../common/domain-error.js';

/** The one pipe for all input: unknown fields are refused, and every fault of the input is named at once. */
export function createValidationPipe(): ValidationPipe {
  return new InputPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => {
      const fields = errors.flatMap((error) => faultsOf(error, ''));
      return new DomainError('invalid_request', fields.map((fault) => fault.message).join('; '), { fields });
    },
  });
}

class InputPipe extends ValidationPipe {
  /** @throws DomainError `invalid_request` */
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    // Taken before: Nest strips `__proto__`, `prototype` and `constructor` from the value itself.
    const sent = isObject(value) ? Object.keys(value) : [];
    const input: unknown = await super.transform(value, metadata);
    if (isObject(input)) refuseDroppedFields(sent, input);
    return input;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** What Nest and class-transformer (`toString`, …) drop without a word, the whitelist never sees. */
function refuseDroppedFields(sent: readonly string[], kept: object): void {
  const fields = sent
    .filter((field) => !Object.hasOwn(kept, field))
    .map((field) => ({ field, message: `${field} is not a known field` }));
  if (fields.length === 0) return;
  throw new DomainError('invalid_request', fields.map((fault) => fault.message).join('; '), { fields });
}

const FIELD_NAME_MAX = 100;

function faultsOf(error: ValidationError, parent: string): FieldError[] {
  const field = (parent + error.property).slice(0, FIELD_NAME_MAX).toWellFormed();
  const own = Object.entries(error.constraints ?? {}).map(([constraint, text]) => ({
    field,
    message: constraint === 'whitelistValidation' ? `${field} is not a known field` : text,
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, `${field}.`))];
}
