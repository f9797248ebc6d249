import { applyDecorators, HttpStatus, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { documentOperation, type OperationDocs } from '../../http/docs/operation.js';
import { JSON_MEDIA_TYPE } from '../../http/output/media-type.interceptor.js';

interface OperationOptions extends Omit<OperationDocs, 'status'> {
  /** The body of a success; absent: 204 without a body. */
  readonly data?: Type | readonly [Type];
  readonly status?: HttpStatus;
}

/** The status and the documentation of an operation of this contract. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { data } = options;
  const status = options.status ?? (data ? HttpStatus.OK : HttpStatus.NO_CONTENT);
  return applyDecorators(documentOperation({ ...options, status }), documentSuccess(data, status));
}

function documentSuccess(data: OperationOptions['data'], status: HttpStatus): MethodDecorator {
  if (data === undefined) return ApiResponse({ status, description: 'Success, without a body.' });
  const isList = typeof data === 'object';
  const model = isList ? data[0] : data;
  const reference = { $ref: getSchemaPath(model) };
  const schema = isList ? { title: model.name.replace(/View$/, 'List'), type: 'array', items: reference } : reference;
  return applyDecorators(
    ApiExtraModels(model),
    ApiResponse({ status, description: 'Success.', content: { [JSON_MEDIA_TYPE]: { schema } } }),
  );
}
