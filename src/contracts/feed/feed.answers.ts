import { applyDecorators, HttpStatus, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { documentOperation, type OperationDocs } from '../../http/docs/operation.js';
import { FEED_MEDIA_TYPES } from './feed.errors.js';

interface OperationOptions extends Omit<OperationDocs, 'status'> {
  /** The body of a success. */
  readonly data: Type;
}

/** The status and the documentation of an operation of the feed. */
export function Operation({ data, errors = [], ...docs }: OperationOptions): MethodDecorator {
  const status = HttpStatus.OK;
  const schema = { $ref: getSchemaPath(data) };
  const content = Object.fromEntries(FEED_MEDIA_TYPES.map((type) => [type, { schema }]));
  return applyDecorators(
    documentOperation({ ...docs, status, errors: ['not_acceptable', ...errors] }),
    ApiExtraModels(data),
    ApiResponse({ status, description: 'Success.', content }),
  );
}
