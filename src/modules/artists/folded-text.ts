import { fold, foldTogether } from '../../common/fold.js';
import type { Search } from '../../database/search.js';
import type { Artist } from './artist.entity.js';
import type { Song } from './song.entity.js';

/*
 * What the search compares of a row, and what a list by name is sorted by. Every statement that writes one of the texts
 * writes these with it; the database empties them otherwise (see the triggers in the migration of artists).
 */

export interface FoldedText {
  readonly folded: string;
  readonly sortKey: string;
}

/** Code points. The search index takes at most one MiB a row, up to 24 bytes for each. */
const FOLDED_MAX = 40_000;
/** Code points. An entry of a B-tree has room for 2,700 bytes. */
const SORT_KEY_MAX = 512;

interface ArtistTexts extends Pick<Artist, 'name' | 'sortName'> {
  readonly aliases: readonly string[];
}

export function foldArtist({ name, sortName, aliases }: ArtistTexts): FoldedText {
  return foldedText(foldTogether([name, ...aliases], sortName === null ? [] : [sortName]), sortName ?? name);
}

export function foldSong({ title, displayArtist }: Pick<Song, 'title' | 'displayArtist'>): FoldedText {
  return foldedText(foldTogether([title], displayArtist === null ? [] : [displayArtist]), title);
}

/** A search for rows that contain `q`, those first that have it as a name or title. */
export function searchFor(q: string): Search {
  return { texts: ['folded'], part: fold(q), wholeFirst: true };
}

function foldedText(folded: string, sortedBy: string): FoldedText {
  return { folded: beginningOf(folded, FOLDED_MAX), sortKey: beginningOf(fold(sortedBy), SORT_KEY_MAX) };
}

function beginningOf(text: string, codePoints: number): string {
  return text.length <= codePoints ? text : [...text.slice(0, codePoints * 2)].slice(0, codePoints).join('');
}
