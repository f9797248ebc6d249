import { STATUS_CODES } from 'node:http';
import { DomainError, rateLimited } from '../../common/domain-error.js';
import type { Contract } from '../output/contract.js';
import { JSON_MEDIA_TYPE, notAcceptable } from '../output/media-type.interceptor.js';
import type { Header, Response, Responses, Schema, Schemas } from './document-parts.js';
import { errorName } from './error-name.js';
import type { DocumentedError } from './operation.js';

/** Seconds. */
export const RETRY_AFTER: Schema = { type: 'integer', minimum: 1, example: 60 };

/** The words of each status, of all operations of a document. */
export type WordsByStatus = Map<number, Set<string>>;

interface Documented {
  readonly status: number;
  /** What the contract calls the error. */
  readonly word: string;
  readonly body: object;
}

/**
 * The responses for errors, one for each status. The examples are the bodies that the contract makes of its errors, by
 * the contract's own words, which are added to `words`. A later error replaces an earlier one of the same word.
 */
export function errorResponses(
  contract: Contract,
  errors: readonly DocumentedError[],
  words: WordsByStatus,
): Responses {
  const byStatus = new Map<number, Map<string, object>>();
  for (const error of errors) {
    const { status, word, body } = documented(contract, error);
    byStatus.set(status, (byStatus.get(status) ?? new Map<string, object>()).set(word, body));
    words.set(status, (words.get(status) ?? new Set()).add(word));
  }
  return Object.fromEntries([...byStatus].map(([status, bodies]) => [status, response(contract, status, bodies)]));
}

/** The schemas of the error bodies, by name. */
export function errorSchemas(contract: Contract, words: WordsByStatus): Schemas {
  const statuses = [...words].sort(([a], [b]) => a - b);
  return Object.assign(
    {},
    ...statuses.map(([status, set]) => contract.describeErrors(status, [...set].sort())),
  ) as Schemas;
}

function documented(contract: Contract, error: DocumentedError): Documented {
  const { status, body } = contract.presentError(typeof error === 'string' ? sampleOf(error, contract) : error);
  return { status, body, word: wordIn(body, contract.errorField) };
}

/** The error as the server answers it, also where that is never the default message. */
function sampleOf(code: Exclude<DocumentedError, DomainError>, contract: Contract): DomainError {
  if (code === 'rate_limited') return rateLimited(60);
  if (code === 'not_acceptable') return notAcceptable(mediaTypesOf(contract));
  return new DomainError(code);
}

/** Reads a path such as `error.errors[0].code`. */
export function wordIn(body: object, field: string): string {
  const found = field
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], body);
  return String(found);
}

function response(contract: Contract, status: number, bodies: ReadonlyMap<string, object>): Response {
  const words = [...bodies.keys()];
  // A word that is the whole message is in the example alone.
  const isCode = words.every((word) => /^\w+$/.test(word));
  const examples = Object.fromEntries([...bodies].map(([word, value]) => [exampleName(word), { value }]));
  const schema = schemaOf(contract, status);
  return {
    description: isCode ? `${STATUS_CODES[status]}: ${words.join(', ')}` : String(STATUS_CODES[status]),
    ...headersOf(status),
    content: Object.fromEntries(mediaTypesOf(contract).map((type) => [type, { schema, examples }])),
  };
}

/** A word as the name of an example. */
export function exampleName(word: string): string {
  return word.replace(/\W+/g, '_');
}

function schemaOf(contract: Contract, status: number): Schema {
  const references = Object.keys(contract.describeErrors(status, [])).map((name) => ({
    $ref: `#/components/schemas/${name}`,
  }));
  return references.length === 1 ? (references[0] as Schema) : { title: errorName(status), anyOf: references };
}

function mediaTypesOf({ mediaTypes = [] }: Contract): readonly string[] {
  return [JSON_MEDIA_TYPE, ...mediaTypes];
}

const RETRY_HEADER: Header = { description: 'Seconds after which to try again', schema: RETRY_AFTER };

const RATE_LIMIT_HEADERS: Readonly<Record<string, Header>> = {
  'RateLimit-Policy': {
    description: 'The limit: its name, the number of requests, and the window in seconds.',
    schema: { type: 'string', example: '"login";q=10;w=900' },
  },
  RateLimit: {
    description: 'The remaining requests, and the seconds until the limit resets.',
    schema: { type: 'string', example: '"login";r=0;t=60' },
  },
};

function headersOf(status: number): { readonly headers?: Record<string, Header> } {
  if (status === 401 || status === 403) {
    return { headers: { 'WWW-Authenticate': { description: 'RFC 6750, section 3', schema: { type: 'string' } } } };
  }
  if (status === 429) return { headers: { 'Retry-After': RETRY_HEADER, ...RATE_LIMIT_HEADERS } };
  if (status === 503) return { headers: { 'Retry-After': RETRY_HEADER } };
  return {};
}
