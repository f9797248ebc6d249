import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const ANY = '*';
/** As `versioned` writes it. A weak tag (`W/"3"`) never matches here. */
const VERSION_TAG = /^"([1-9]\d{0,14})"$/;

/**
 * The versions of which a write requires one: those of the `If-Match` header (RFC 9110, section 13.1.1). Undefined
 * without the header, and for `*`. A tag that no version has matches none.
 */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): readonly number[] | undefined =>
  requiredVersions(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);

/** Not split by a regular expression: a run of spaces would take quadratic time. */
export function requiredVersions(ifMatch: string | undefined): readonly number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === ANY) return undefined;
  return ifMatch.split(',').flatMap((tag) => {
    const version = VERSION_TAG.exec(tag.trim())?.[1];
    return version === undefined ? [] : [Number(version)];
  });
}
