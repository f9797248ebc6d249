import { v7 } from 'uuid';

/** A new UUID version 7: unique without asking the database, and growing within this process. */
export function newId(): string {
  return v7();
}
