import { collapseSpace } from '../../common/text.js';

/** A whole name as first and last name: split at the first space; one word leaves the last name empty. */
export function splitName(name: string): { firstName: string; lastName: string } {
  const words = collapseSpace(name);
  const space = words.indexOf(' ');
  return space < 0
    ? { firstName: words, lastName: '' }
    : { firstName: words.slice(0, space), lastName: words.slice(space + 1) };
}

export function fullName({ firstName, lastName }: { firstName: string; lastName: string }): string {
  return lastName === '' ? firstName : `${firstName} ${lastName}`;
}
