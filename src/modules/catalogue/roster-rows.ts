import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { isUuid } from '../../common/text.js';
import { Database } from '../../database/database.js';
import { foldArtist, foldSong } from '../artists/folded-text.js';
import type { ImportedArtist } from './imported-artist.js';
import {
  type ArtistRow,
  type FoundRows,
  type FoundSong,
  type RosterChanges,
  type SongRow,
  STAGEDOOR,
} from './roster-draft.js';

export const ARTIST_COLUMNS = `artists.id, name, sort_name AS "sortName", aliases, disambiguation, identifiers, status`;
export const SONG_COLUMNS = `songs.id, artist_id AS "artistId", title, display_artist AS "displayArtist", isrc, songs.identifiers,
  release_date AS "releaseDate", duration_ms AS "durationMs"`;

/** `$2` and `$3`: types and values; `$4`: ids of rows. */
const BY_IDENTIFIER = (kind: 'artist' | 'song'): string => `
  SELECT ${kind}_id FROM ${kind}_identifiers JOIN unnest($2::text[], $3::text[]) AS given (type, value)
   USING (type, value) WHERE user_id = $1
  UNION SELECT id FROM ${kind}s WHERE user_id = $1 AND id = ANY ($4::uuid[])`;

/** The rows of an owner's roster, many in a statement. */
@Injectable()
export class RosterRows {
  constructor(private readonly database: Database) {}

  /**
   * The rows that any of the lines may be about. The artists are locked, in order of their ids, and with them their
   * songs: no other transaction changes a song without the lock of its artist.
   */
  async find(manager: EntityManager, userId: string, lines: readonly ImportedArtist[]): Promise<FoundRows> {
    const artistKeys = keysOf(lines.flatMap(({ identifiers }) => identifiers));
    const songs = lines.flatMap((line) => line.songs ?? []);
    const songKeys = keysOf(songs.flatMap(({ identifiers = [] }) => identifiers));
    const isrcs = songs.flatMap(({ isrc }) => isrc ?? []);
    let known: number | undefined;
    for (;;) {
      const { artists, successors } = await this.findArtists(manager, userId, artistKeys);
      const found = await this.findSongs(manager, userId, songKeys, isrcs);
      const ids = new Set(artists.map(({ id }) => id));
      // An artist may have been merged while this waited for its lock. That of a song may have been created after the
      // artists were read, and before the songs were.
      const isComplete =
        artistKeys.ids.every((id) => ids.has(successors.get(id) ?? id)) &&
        found.every(({ artistId }) => ids.has(artistId));
      if (isComplete || ids.size === known) return { artists, successors, songs: found };
      known = ids.size;
    }
  }

  /** Writes each row once. */
  async write(manager: EntityManager, userId: string, changes: RosterChanges, now: Date): Promise<void> {
    await this.writeArtists(manager, userId, changes, now);
    await this.writeSongs(manager, userId, changes, now);
  }

  private async findArtists(
    manager: EntityManager,
    userId: string,
    { types, values, ids }: Keys,
  ): Promise<Omit<FoundRows, 'songs'>> {
    const merged =
      ids.length === 0
        ? []
        : await this.run<{ id: string; artistId: string }>(
            manager,
            'find merged artists',
            `SELECT merged_artists.id, artist_id AS "artistId" FROM merged_artists
              JOIN artists ON artists.id = artist_id AND user_id = $1 WHERE merged_artists.id = ANY ($2::uuid[])`,
            [userId, ids],
          );
    const artists = await this.run<ArtistRow>(
      manager,
      'find artists of an import',
      `SELECT ${ARTIST_COLUMNS} FROM artists WHERE user_id = $1 AND id IN (${BY_IDENTIFIER('artist')})
        ORDER BY id FOR UPDATE`,
      [userId, types, values, [...ids, ...merged.map(({ artistId }) => artistId)]],
    );
    return { artists, successors: new Map(merged.map(({ id, artistId }) => [id, artistId])) };
  }

  private async findSongs(
    manager: EntityManager,
    userId: string,
    { types, values, ids }: Keys,
    isrcs: readonly string[],
  ): Promise<FoundSong[]> {
    if (types.length + isrcs.length === 0) return [];
    return this.run<FoundSong>(
      manager,
      'find songs of an import',
      `SELECT ${SONG_COLUMNS}, artists.name AS "artistName" FROM songs JOIN artists ON artists.id = artist_id
        WHERE songs.id IN (${BY_IDENTIFIER('song')}
          UNION SELECT id FROM songs WHERE user_id = $1 AND isrc = ANY ($5::text[]))`,
      [userId, types, values, ids, isrcs],
    );
  }

  private async writeArtists(
    manager: EntityManager,
    userId: string,
    { newArtists, changedArtists }: RosterChanges,
    now: Date,
  ): Promise<void> {
    if (newArtists.length > 0) {
      await this.run(
        manager,
        'insert artists of an import',
        `INSERT INTO artists (id, user_id, name, sort_name, aliases, disambiguation, identifiers, status, folded, sort_key,
                created_at, updated_at)
         SELECT id, $1, name, "sortName", aliases, disambiguation, identifiers, status, folded, "sortKey", $2, $2
           FROM ${ARTIST_RECORDS}`,
        [userId, now, JSON.stringify(newArtists.map(withFoldedArtist))],
      );
    }
    if (changedArtists.length > 0) {
      const values = [userId, now, JSON.stringify(changedArtists.map(withFoldedArtist))];
      await this.run(
        manager,
        'update artists of an import',
        `UPDATE artists SET name = new.name, sort_name = new."sortName", aliases = new.aliases,
                disambiguation = new.disambiguation, identifiers = new.identifiers, status = new.status,
                folded = new.folded, sort_key = new."sortKey", updated_at = $2
           FROM ${ARTIST_RECORDS} WHERE artists.id = new.id AND artists.user_id = $1`,
        values,
      );
      await this.run(manager, 'fold artists of an import again', FOLD_AGAIN('artists', ARTIST_RECORDS), values);
    }
  }

  private async writeSongs(
    manager: EntityManager,
    userId: string,
    { newSongs, changedSongs }: RosterChanges,
    now: Date,
  ): Promise<void> {
    if (newSongs.length > 0) {
      await this.run(
        manager,
        'insert songs of an import',
        `INSERT INTO songs (id, artist_id, user_id, title, display_artist, isrc, identifiers, release_date, duration_ms,
                folded, sort_key, created_at, updated_at)
         SELECT id, "artistId", $1, title, "displayArtist", isrc, identifiers, "releaseDate", "durationMs", folded,
                "sortKey", $2, $2
           FROM ${SONG_RECORDS}`,
        [userId, now, JSON.stringify(newSongs.map(withFoldedSong))],
      );
    }
    if (changedSongs.length > 0) {
      const values = [userId, now, JSON.stringify(changedSongs.map(withFoldedSong))];
      await this.run(
        manager,
        'update songs of an import',
        `UPDATE songs SET title = new.title, display_artist = new."displayArtist", isrc = new.isrc,
                identifiers = new.identifiers, release_date = new."releaseDate", duration_ms = new."durationMs",
                folded = new.folded, sort_key = new."sortKey", updated_at = $2
           FROM ${SONG_RECORDS} WHERE songs.id = new.id AND songs.user_id = $1`,
        values,
      );
      await this.run(manager, 'fold songs of an import again', FOLD_AGAIN('songs', SONG_RECORDS), values);
    }
  }

  private async run<Row extends object>(
    manager: EntityManager,
    name: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    return (await this.database.preparedIn<Row>(manager, name, sql, values)).rows;
  }
}

/** `$3`: rows as JSON. */
const ARTIST_RECORDS = `jsonb_to_recordset($3::jsonb) AS new (id uuid, name text, "sortName" text, aliases text[],
  disambiguation text, identifiers jsonb, status text, folded text, "sortKey" text)`;
const SONG_RECORDS = `jsonb_to_recordset($3::jsonb) AS new (id uuid, "artistId" uuid, title text, "displayArtist" text,
  isrc text, identifiers jsonb, "releaseDate" text, "durationMs" integer, folded text, "sortKey" text)`;

/** Where a new text folds like the old one, the trigger has emptied it. `$2` is that of the update. */
const FOLD_AGAIN = (table: 'artists' | 'songs', records: string): string => `
  UPDATE ${table} SET folded = new.folded, sort_key = new."sortKey" FROM ${records}
   WHERE ${table}.id = new.id AND ${table}.user_id = $1 AND ${table}.folded IS NULL AND $2::timestamptz IS NOT NULL`;

function withFoldedArtist(artist: ArtistRow): object {
  return { ...artist, ...foldArtist(artist) };
}

function withFoldedSong(song: SongRow): object {
  return { ...song, ...foldSong(song) };
}

/** Identifiers to look for, as columns; `ids` are those that may be ids of rows. */
interface Keys {
  readonly types: readonly string[];
  readonly values: readonly string[];
  readonly ids: readonly string[];
}

function keysOf(identifiers: readonly { readonly type: string; readonly value: string }[]): Keys {
  return {
    types: identifiers.map(({ type }) => type),
    values: identifiers.map(({ value }) => value),
    ids: identifiers.filter(({ type, value }) => type === STAGEDOOR && isUuid(value)).map(({ value }) => value),
  };
}
