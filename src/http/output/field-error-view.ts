import { ApiProperty } from '@nestjs/swagger';
import { FIELD_ERROR_CODES, type FieldError, type FieldErrorCode } from '../../common/field-error.js';

/** An error about a field, for programs: what is wrong, and the numbers and words of the rule. */
export class FieldErrorView {
  @ApiProperty({
    description: 'The path of the field or query parameter, such as `name` or `songs.0.title`; empty with `more`.',
    example: 'password',
  })
  field!: string;

  @ApiProperty({
    enum: [...FIELD_ERROR_CODES],
    description: 'What is wrong, for programs. The words do not change.',
    example: 'too_short',
  })
  code!: FieldErrorCode;

  @ApiProperty({ description: 'What is wrong, for people.', example: 'Enter at least 8 characters' })
  message!: string;

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'With `too_short` the least length, with `too_small` the least number.',
    example: 8,
  })
  min?: number;

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'With `too_long` the greatest length, with `too_large` the greatest number.',
    example: 128,
  })
  max?: number;

  @ApiProperty({
    type: String,
    isArray: true,
    required: false,
    description: 'With `not_allowed`: the values that are allowed, where they can be listed.',
    example: ['active', 'inactive'],
  })
  allowed?: readonly string[];

  @ApiProperty({
    required: false,
    description: 'With `conflict` the field that excludes this one, with `incomplete` the field that it needs.',
    example: 'page',
  })
  other?: string;

  @ApiProperty({
    type: 'integer',
    required: false,
    description: 'With `more`: how many further errors there are.',
    example: 3,
  })
  count?: number;
}

/** The error with its message for developers, which begins with the name of the field. */
export function presentFieldError({
  field,
  code,
  message,
  min,
  max,
  allowed,
  other,
  count,
}: FieldError): FieldErrorView {
  return {
    field,
    code,
    message,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(allowed && { allowed }),
    ...(other !== undefined && { other }),
    ...(count !== undefined && { count }),
  };
}

/** The error with its message for the person who fills in the form. */
export function presentHint(error: FieldError): FieldErrorView {
  return presentFieldError({ ...error, message: error.hint ?? error.message });
}
