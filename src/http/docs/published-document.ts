import { createHash } from 'node:crypto';
import type { OpenAPIObject } from '@nestjs/swagger';
import { stringify } from 'yaml';
import { SAMPLE_BASE } from './code-samples.js';
import { GUIDE_PATH } from './guide-path.js';

export interface DocumentText {
  readonly text: string;
  readonly etag: string;
}

type Format = 'json' | 'yaml';
type Write = (part: object) => string;

/** Writes an object whose fields may follow those of another text of the same format. */
const WRITERS: Readonly<Record<Format, Write>> = {
  json: (part) => JSON.stringify(part),
  yaml: (part) => stringify(part, { aliasDuplicateObjects: false, lineWidth: 0 }),
};

const JOIN: Readonly<Record<Format, (head: string, rest: string) => string>> = {
  json: (head, rest) => `${head.slice(0, -1)},${rest.slice(1)}`,
  yaml: (head, rest) => head + rest,
};

/** A document as it is sent. Only the addresses in it depend on the request, so that all else is written once. */
export class PublishedDocument {
  private readonly rest = new Map<Format, string>();

  constructor(private readonly document: OpenAPIObject) {}

  /** `base` is the URL of the server as its clients reach it, without a slash at the end; undefined: unknown. */
  write(format: Format, base: string | undefined): DocumentText {
    const { openapi, info, servers: _servers, externalDocs: _externalDocs, ...rest } = this.document;
    const write = WRITERS[format];
    const written = this.rest.get(format) ?? write(rest);
    this.rest.set(format, written);
    const head = { openapi, info: withContact(info, base), servers: serversOf(base), externalDocs: guideAt(base) };
    const called = base === undefined ? written : written.replaceAll(SAMPLE_BASE, () => base);
    const text = JOIN[format](write(head), called);
    return { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
  }
}

function withContact(info: OpenAPIObject['info'], base: string | undefined): OpenAPIObject['info'] {
  const name = 'Stagedoor contributors';
  return { ...info, contact: base === undefined ? { name } : { name, url: `${base}/docs` } };
}

function guideAt(base = ''): OpenAPIObject['externalDocs'] {
  return { description: 'Guide: what to know before the first call', url: base + GUIDE_PATH };
}

/** The absolute URL first: a document that was saved to a file has no other way to tell. */
function serversOf(base: string | undefined): OpenAPIObject['servers'] {
  const relative = { url: '/', description: 'The server that this document was loaded from' };
  return base === undefined ? [relative] : [{ url: base, description: 'This server' }, relative];
}
