import type { Type } from '@nestjs/common';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { Schema } from '../docs/document-parts.js';
import type { Examples } from '../docs/examples.js';

/** An error as a contract answers it. */
export interface PresentedError {
  readonly status: number;
  readonly body: object;
}

/** One published API: its paths, its documentation and its errors. */
export interface Contract {
  /** Names its document: `/openapi/<name>.json`. */
  readonly name: string;
  /** Before the names of its operations and schemas, so that they are unique among all contracts; empty for the main one. */
  readonly namespace: string;
  readonly title: string;
  readonly description: string;
  /** The groups of its operations in the docs (`@ApiTags`), in this order, each with a description. */
  readonly tags: Readonly<Record<string, string>>;
  /** Where its module is mounted, without leading or trailing slash; empty for the root. */
  readonly prefix: string;
  /** The paths that belong to it, each with everything below it. */
  readonly paths: readonly string[];
  readonly module: Type;
  /** Paths that accept a form (`application/x-www-form-urlencoded`) as well as JSON. */
  readonly formPaths?: readonly string[];
  /** Media types of its responses beside `application/json`, errors included. */
  readonly mediaTypes?: readonly string[];
  /** From executed calls. */
  readonly examples: Examples;
  /** The operations that are shown as programs too, by the names of their handlers. */
  readonly codeSamples?: readonly string[];
  presentError(error: DomainError): PresentedError;
  /** The schemas of the error bodies of a status, by name; `words` are what `errorField` may contain. */
  describeErrors(status: number, words: readonly string[]): Readonly<Record<string, Schema>>;
  /** What those schemas refer to. */
  readonly errorModels?: readonly Type[];
  /** Where an error body says which error it is: the path of a field such as `error.code`. */
  readonly errorField: string;
  /** What that field contains for each error; where it is the message, the default one. */
  readonly errorWords: Readonly<Record<ErrorCode, string>>;
}

/** The order of the docs: `main`, then the others as given. */
export function mainFirst(contracts: readonly Contract[], main: Contract): readonly Contract[] {
  return [main, ...contracts.filter((contract) => contract !== main)];
}

/** The contract that a URL belongs to: the one with the longest path that it is below, else `fallback`. */
export function contractOf(url: string, contracts: readonly Contract[], fallback: Contract): Contract {
  const path = pathOf(url);
  let best = fallback;
  let length = 0;
  for (const contract of contracts) {
    for (const root of contract.paths) {
      if (root.length > length && (path === root || path.startsWith(`${root}/`))) {
        best = contract;
        length = root.length;
      }
    }
  }
  return best;
}

/**
 * The path as the router reads it: without query, without the host of an absolute form (RFC 9112, section 3.2.2), and
 * decoded but for the characters that delimit a path. What cannot be decoded stays as it was sent.
 */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  const sent = end < 0 ? url : url.slice(0, end);
  const path = sent.startsWith('/') ? sent : sent.replace(/^https?:\/\/[^/]*/i, '');
  return path.includes('%') ? decoded(path) : path;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
