import { pathOf } from '../contract.js';

/** A UUID and every name of ours fits; a token or a key that somebody put into a path is longer, an e-mail address has an @. */
const SHOWN_SEGMENT = /^[\w.~-]{0,36}$/;

/** A path as logs and traces may have it: without its query, and with … for each segment that could be a secret or a person. */
export function shownPath(url: string): string {
  return pathOf(url)
    .split('/')
    .map((segment) => (SHOWN_SEGMENT.test(segment) ? segment : '…'))
    .join('/');
}
