/*
 * How names and titles are compared in a search: without regard to case, accents, signs and spaces. The application
 * folds them, never the database, whose locale and version would otherwise decide what is found.
 */

/** Stands between folded values that are joined, and in none of them. Not U+0000, which PostgreSQL cannot store. */
export const VALUE_SEPARATOR = '\u001f';

/** Combining marks of Latin, Greek, Cyrillic, Hebrew and Arabic. Marks of other scripts spell different words. */
const ACCENTS =
  /(?=\p{M})[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0890-\u08ff\u1dc0-\u1dff\u20d0-\u20f0\u2de0-\u2dff\ua66f-\ua69f\ufb1e\ufe20-\ufe2f\u1ab0-\u1aff]/gu;
const IGNORED = /[^\p{L}\p{N}\p{M}]|\p{DI}/gu;
const INVISIBLE = /[\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{DI}]/gu;

/** Letters that no decomposition takes apart, and the two forms of a small sigma. */
const LETTERS: Readonly<Record<string, string>> = {
  ς: 'σ',
  ß: 'ss',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ł: 'l',
  ħ: 'h',
  ŧ: 't',
  ı: 'i',
  ŋ: 'ng',
};
const SPECIAL_LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/**
 * The form in which a string is compared: its letters and digits, decomposed by compatibility (NFKD), without accents, in
 * one case, composed again (NFC). `&` counts as "and". A string without letters and digits keeps its signs, so that it
 * can be found by them. Takes time linear in the length, and is never empty for a string with a visible character.
 */
export function fold(text: string): string {
  const decomposed = text.normalize('NFKD');
  const letters = decomposed.replaceAll('&', 'and').replace(ACCENTS, '').replace(IGNORED, '');
  const folded = foldCase(letters).normalize('NFC');
  return folded === '' ? decomposed.replace(INVISIBLE, '').normalize('NFC') : folded;
}

/** JavaScript has no case folding: upper case makes one of several small forms, such as the Cyrillic variants U+1C80–1C88. */
function foldCase(text: string): string {
  return text
    .toUpperCase()
    .toLowerCase()
    .replace(SPECIAL_LETTER, (letter) => LETTERS[letter] ?? letter);
}

/**
 * Folded values in one string. `whole` are those that a query may match exactly: each stands between two separators.
 * The `others` follow with none behind.
 */
export function foldTogether(whole: readonly string[], others: readonly string[] = []): string {
  const ends = whole.map((text) => `${fold(text)}${VALUE_SEPARATOR}`).join('');
  return `${VALUE_SEPARATOR}${ends}${others.map((text) => fold(text)).join(VALUE_SEPARATOR)}`;
}
