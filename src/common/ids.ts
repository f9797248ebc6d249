import { NIL, v7 } from 'uuid';

/** The nil UUID (RFC 9562, section 5.9), less than every other. */
export const NIL_ID = NIL;

/** A new UUID version 7 (RFC 9562, section 5.7). Within this process, each is greater than the one before. */
export function newId(): string {
  return v7();
}
