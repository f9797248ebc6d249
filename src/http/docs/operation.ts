import { applyDecorators, HttpCode, type HttpStatus, SetMetadata } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { AcceptedCredentials } from './route-access.js';

/** An error code, or an error that a contract answers with a message of its own. */
export type DocumentedError = ErrorCode | DomainError;

export interface OperationDocs {
  readonly summary: string;
  /** What it acts on and does, in whole sentences: tools show it alone. What it requires of the caller is added. */
  readonly description: string;
  readonly status: HttpStatus;
  /** Of a public route that reads the credentials itself. Those of all others follow from their guards. */
  readonly credentials?: AcceptedCredentials;
  /** The errors of this operation, beyond those of its guards and those that every request can get. */
  readonly errors?: readonly DocumentedError[];
}

/** Where the document finds the {@link OperationDocs} of a handler. */
export const OPERATION_DOCS = Symbol('operation-docs');

/** The status of an operation, and its documentation but for the response of a success. */
export function documentOperation(docs: OperationDocs): MethodDecorator {
  const { summary, description, status } = docs;
  return applyDecorators(HttpCode(status), ApiOperation({ summary, description }), SetMetadata(OPERATION_DOCS, docs));
}
