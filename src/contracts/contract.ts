import type { Type } from '@nestjs/common';
import type { DomainError } from '../common/domain-error.js';

/** How a contract writes a refusal. */
export interface PresentedError {
  readonly status: number;
  readonly body: object;
}

/** One published API: where it stands, what it is called, and how it says no. */
export interface Contract {
  /** Names its document: `/docs/<name>-json`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The groups of its operations in the docs (`@ApiTags`), in this order, each with a sentence on what it is for. */
  readonly tags: Readonly<Record<string, string>>;
  /** Where its module is mounted, without slashes at the ends; empty for the root. */
  readonly prefix: string;
  /** The paths that speak its dialect, each with everything below it. */
  readonly paths: readonly string[];
  readonly module: Type;
  /** Paths that take a form (`application/x-www-form-urlencoded`) beside JSON. */
  readonly formPaths?: readonly string[];
  /** Media types it answers in beside `application/json`, refusals too. */
  readonly mediaTypes?: readonly string[];
  presentError(error: DomainError): PresentedError;
}

/** The contract whose dialect a URL speaks: that of the longest path it lies under, else `fallback`. */
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
 * decoded but for the characters that part a path. What cannot be decoded stays as it was sent.
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
