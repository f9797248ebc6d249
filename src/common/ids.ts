import { v7 } from 'uuid';

/** A new UUID version 7 (RFC 9562, section 5.7). Within this process, each is greater than the one before. */
export function newId(): string {
  return v7();
}
