import type { Area } from './area.js';

/*
 * The search index. It finds rows whose text contains a part, in any script, without an extension.
 *
 * `search_parts(text)` lists, for every position of the text, the (up to) five characters that start there.
 * A part of five characters is one entry of a GIN index over it, a shorter part is a prefix of entries, and a longer
 * one is the intersection of the entries that it is made of: `search_for(part)` builds that query. It may match rows
 * that hold these pieces apart, so a search also compares the text itself (see `database/search.ts`).
 *
 * Trigrams (pg_trgm) are no alternative: they cannot help with one or two characters, common ones stand in so many of a
 * million names that reading their lists takes milliseconds, and not every database has the extension.
 *
 * The functions compare characters as they are. What a search ignores, such as case, is removed from the text before it is
 * indexed: names of artists and titles of songs as the application folds them (`common/fold.ts`), names of users in lower
 * case.
 *
 * Indexes are created with `fastupdate = off`: otherwise every search reads through the entries that are still pending.
 */
export const SEARCH: Area = {
  up: [
    // COST is what a call really takes (15 µs); with the default, the planner prefers to call it on every row. Not
    // PARALLEL SAFE, because starting parallel workers takes longer than most searches.
    `CREATE FUNCTION "search_parts"("text" text) RETURNS tsvector LANGUAGE sql IMMUTABLE COST 1000 RETURN
      array_to_tsvector(ARRAY(
        SELECT substr("text", place, 5) FROM generate_series(1, length("text")) AS place))`,
    // A tsvector of one entry prints as a tsquery of one lexeme, with all quotes in place.
    `CREATE FUNCTION "search_for"("part" text) RETURNS tsquery LANGUAGE sql IMMUTABLE RETURN (
      SELECT string_agg(
        array_to_tsvector(ARRAY[substr("part", place, 5)])::text || CASE WHEN length("part") < 5 THEN ':*' ELSE '' END,
        ' & ')::tsquery
      FROM generate_series(1, greatest(1, length("part") - 4)) AS place)`,
  ],
  down: ['DROP FUNCTION "search_for"', 'DROP FUNCTION "search_parts"'],
};
