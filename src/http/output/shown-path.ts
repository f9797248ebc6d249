import { pathOf } from './contract.js';

/**
 * Fits UUIDs and the names of this server's routes. A token or key put into a path is longer, an e-mail address has an
 * `@`.
 */
const SHOWN_SEGMENT = /^[\w.~-]{0,36}$/;

/** A path for logs and traces: without its query, and with `…` for each segment that may be secret or personal. */
export function shownPath(url: string): string {
  return pathOf(url)
    .split('/')
    .map((segment) => (SHOWN_SEGMENT.test(segment) ? segment : '…'))
    .join('/');
}
