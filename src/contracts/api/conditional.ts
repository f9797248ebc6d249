import { applyDecorators, HttpStatus } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';

const ETAG = { ETag: { description: 'The version, in quotes.', schema: { type: 'string', example: '"3"' } } } as const;

/** Documents that a read answers 304 where the client has the current version. */
export const ConditionalRead = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'The `ETag` of an earlier response.',
      example: '"3"',
    }),
    ApiResponse({ status: HttpStatus.NOT_MODIFIED, description: 'The version has not changed.', headers: ETAG }),
  );

/** Documents that a write is refused where the version is not the one that the client read. */
export const ConditionalWrite = (): MethodDecorator =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'The `ETag` of an earlier response: the request fails with 412 if there was a change since.',
    example: '"3"',
  });
