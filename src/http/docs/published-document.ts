import { createHash } from 'node:crypto';
import type { OpenAPIObject } from '@nestjs/swagger';
import { stringify } from 'yaml';
import { withBase } from './code-samples.js';
import { GUIDE_PATH } from './guide-path.js';

interface DocumentText {
  readonly text: string;
  readonly etag: string;
}

interface LastText extends DocumentText {
  readonly base: string | undefined;
}

type Format = 'json' | 'yaml';

interface Writer {
  /** Writes an object whose fields may follow those of another text of the same format. */
  readonly write: (part: object) => string;
  readonly join: (head: string, rest: string) => string;
  /** A string within a string of several lines. */
  readonly escape: (text: string) => string;
}

const WRITERS: Readonly<Record<Format, Writer>> = {
  json: {
    write: (part) => JSON.stringify(part),
    join: (head, rest) => `${head.slice(0, -1)},${rest.slice(1)}`,
    escape: (text) => JSON.stringify(text).slice(1, -1),
  },
  yaml: {
    write: (part) => stringify(part, { aliasDuplicateObjects: false, lineWidth: 0 }),
    join: (head, rest) => head + rest,
    // Strings of several lines are block scalars.
    escape: (text) => text,
  },
};

/** A document as it is sent. Only the URLs in it depend on the request, so that all else is written once. */
export class PublishedDocument {
  private readonly rest = new Map<Format, string>();
  /** Only the last of each format: clients choose their `Host`. */
  private readonly last = new Map<Format, LastText>();

  constructor(private readonly document: OpenAPIObject) {}

  /** `base` is the URL of the server as its clients reach it, without a slash at the end; undefined: unknown. */
  write(format: Format, base: string | undefined): DocumentText {
    const last = this.last.get(format);
    if (last && last.base === base) return last;
    const text = this.textOf(format, base);
    const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
    const written = { base, text, etag };
    this.last.set(format, written);
    return written;
  }

  private textOf(format: Format, base: string | undefined): string {
    const { openapi, info, servers: _servers, externalDocs: _externalDocs, ...rest } = this.document;
    const { write, join, escape } = WRITERS[format];
    const written = this.rest.get(format) ?? write(rest);
    this.rest.set(format, written);
    const head = { openapi, info: withContact(info, base), servers: serversOf(base), externalDocs: guideAt(base) };
    return join(write(head), withBase(written, base, escape));
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
