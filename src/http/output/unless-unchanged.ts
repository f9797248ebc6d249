import { HttpStatus } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** The body with its ETag, or 304 without a body where the client has that version (RFC 9110, section 13.1.2). */
export function unlessUnchanged<T>(
  body: T,
  etag: string,
  ifNoneMatch: string | undefined,
  reply: FastifyReply,
): T | undefined {
  void reply.header('etag', etag);
  if (ifNoneMatch === undefined || !hasEntityTag(ifNoneMatch, etag)) return body;
  void reply.status(HttpStatus.NOT_MODIFIED);
  return undefined;
}

/**
 * The body with the version of the row that it shows as its ETag, or 304. Clients may store it but must
 * revalidate it each time; shared caches must not store it.
 */
export function versioned<T>(
  body: T,
  { version }: { readonly version: number },
  reply: FastifyReply,
  ifNoneMatch?: string,
): T | undefined {
  void reply.header('cache-control', 'private, no-cache');
  return unlessUnchanged(body, `"${version}"`, ifNoneMatch, reply);
}

/**
 * Whether the list contains the tag, weak or not, or is `*`. Not split by a regular expression: a run of spaces would
 * take quadratic time.
 */
export function hasEntityTag(header: string, etag: string): boolean {
  return header.split(',').some((part) => {
    const tag = part.trim();
    return tag === etag || tag === `W/${etag}` || tag === '*';
  });
}
