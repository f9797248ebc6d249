import { DomainError } from '../../src/common/domain-error.js';
import type { FieldError } from '../../src/common/field-error.js';
import { createValidationPipe } from '../../src/http/input/validation.pipe.js';

const pipe = createValidationPipe();

/** The body as a handler receives it that takes this DTO. @throws {DomainError} `invalid_request` */
export async function readBody<T>(dto: new () => T, body: object): Promise<T> {
  return (await pipe.transform(body, { type: 'body', metatype: dto })) as T;
}

/** What is wrong with the fields for which the body is refused. */
export async function fieldErrors(dto: new () => unknown, body: object): Promise<readonly FieldError[]> {
  try {
    await readBody(dto, body);
    return [];
  } catch (error) {
    if (error instanceof DomainError && error.code === 'invalid_request') return error.fields;
    throw error;
  }
}

/** The names of the fields for which the body is refused. */
export async function refusedFields(dto: new () => unknown, body: object): Promise<string[]> {
  return (await fieldErrors(dto, body)).map(({ field }) => field);
}
