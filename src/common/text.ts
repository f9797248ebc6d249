/*
 * What a string from outside may contain. Lengths are counted in Unicode code points, so that a letter outside the
 * basic plane counts once.
 */

const CONTROL = /\p{Cc}/u;
/** They reverse the text that follows them, even on the page that shows a name. */
const DIRECTION_CONTROL = /[\u202a-\u202e\u2066-\u2069]/;
const SPACE = /\p{Zs}/u;
const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{DI}\u2800]/u;

export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Whether the text has `min` to `max` code points. Does not count the rest of a very long one. */
export function hasLength(text: string, min: number, max: number): boolean {
  if (text.length > max * 2) return false;
  const length = codePointCount(text);
  return length >= min && length <= max;
}

/** Well-formed Unicode (no lone surrogate, which PostgreSQL cannot store) without control characters. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !CONTROL.test(text);
}

/** Whether it holds controls of writing direction: embeddings, overrides and isolates (Unicode Standard Annex 9). */
export function hasDirectionControl(text: string): boolean {
  return DIRECTION_CONTROL.test(text);
}

/** Whether anything would be visible: not only spaces, zero-width or other ignorable characters. */
export function hasVisibleCharacter(text: string): boolean {
  return VISIBLE.test(text);
}

/** Without leading and trailing spaces. Control characters stay, to be refused rather than dropped. */
export function trimSpace(text: string): string {
  // Not /\p{Zs}+$/: it starts over at each space, which takes seconds for a hundred kilobytes of them.
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start++;
  while (end > start && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Trimmed, with every run of spaces inside reduced to one. */
export function collapseSpace(text: string): string {
  return trimSpace(text).replace(/\p{Zs}+/gu, ' ');
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Only the 36-character form: PostgreSQL would also accept braces and missing hyphens, and find the same row. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** `Not Found` and `not_found` as `NotFound`. */
export function pascalCase(words: string): string {
  return words
    .split(/[\W_]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
