/*
 * What a text from outside may hold. Lengths are counted in Unicode code points, so that a letter outside the
 * basic plane counts once.
 */

const CONTROL = /\p{Cc}/u;
const SPACE = /\p{Zs}/u;
const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{DI}\u2800]/u;

export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Well-formed Unicode (no lone surrogate, which PostgreSQL cannot store) without control characters. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !CONTROL.test(text);
}

/** Whether a reader would see anything: not only spaces, zero-width or other ignorable characters. */
export function hasVisibleCharacter(text: string): boolean {
  return VISIBLE.test(text);
}

/** Without leading and trailing space. Control characters stay, to be refused rather than dropped. */
export function trimSpace(text: string): string {
  // Not /\p{Zs}+$/: tried from each space anew, it takes seconds over a hundred kilobytes of them.
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start++;
  while (end > start && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The same, with every run of space inside made one. */
export function collapseSpace(text: string): string {
  return trimSpace(text).replace(/\p{Zs}+/gu, ' ');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The plain 36 character form only: PostgreSQL would also take braces and missing hyphens, and find the same row. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
