import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { Schema } from '../../http/docs/document-parts.js';
import { documentOperation, type OperationDocs } from '../../http/docs/operation.js';
import { JSON_MEDIA_TYPE } from '../../http/output/media-type.interceptor.js';

/** The body of a success of this contract. */
export interface Success<T> {
  readonly success: true;
  readonly data: T;
}

export interface MessageOnly {
  readonly success: true;
  readonly message: string;
}

export function success<T>(data: T): Success<T> {
  return { success: true, data };
}

interface OperationOptions extends OperationDocs {
  /** The `data` of a success, or the message that stands in its place. */
  readonly answers: { readonly data: Type } | { readonly message: string };
}

/** The status and the documentation of an operation of this contract. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { status, answers } = options;
  const model = 'data' in answers ? answers.data : undefined;
  const success: Schema = { type: 'boolean', enum: [true] };
  const properties: Record<string, Schema | { $ref: string }> = model
    ? { success, data: { $ref: getSchemaPath(model) } }
    : { success, message: { type: 'string', description: 'What happened, for people.' } };
  const title = `${model?.name.replace(/View$/, '') ?? 'Message'}Answer`;
  const schema = { title, type: 'object', required: Object.keys(properties), properties };
  return applyDecorators(
    documentOperation(options),
    ApiExtraModels(...(model ? [model] : [])),
    ApiResponse({ status, description: 'Success.', content: { [JSON_MEDIA_TYPE]: { schema } } }),
  );
}
