import { DomainError, invalidField } from '../../common/domain-error.js';
import type { Identifier } from '../../common/identifier.js';
import { ALIASES_MAX, IDENTIFIERS_MAX } from '../../common/limits.js';
import type { Artist } from '../artists/artist.entity.js';
import type { Song } from '../artists/song.entity.js';
import type { ImportedArtist, ImportedSong, ImportOutcome } from './imported-artist.js';
import { KeyedRows } from './keyed-rows.js';

export type ArtistRow = Pick<
  Artist,
  'id' | 'name' | 'sortName' | 'aliases' | 'disambiguation' | 'identifiers' | 'status'
>;
export type SongRow = Pick<
  Song,
  'id' | 'artistId' | 'title' | 'displayArtist' | 'isrc' | 'identifiers' | 'releaseDate' | 'durationMs'
>;

/** A song with the name of its artist, which the import may not have read. */
export type FoundSong = SongRow & { readonly artistName: string };

/** Rows that a batch may be about. */
export interface FoundRows {
  readonly artists: readonly ArtistRow[];
  readonly songs: readonly FoundSong[];
  /** The artist that answers for each merged one, by the id of the latter. */
  readonly successors: ReadonlyMap<string, string>;
}

/** What a batch changes: each row once, as it is in the end. */
export interface RosterChanges {
  readonly newArtists: readonly ArtistRow[];
  readonly changedArtists: readonly ArtistRow[];
  readonly newSongs: readonly SongRow[];
  readonly changedSongs: readonly SongRow[];
}

/** Identifies rows of the installation that they were exported from. */
export const STAGEDOOR = 'stagedoor';

/**
 * The rows of a roster while the lines of a batch are applied to them, one after the other, in memory. A line is applied
 * completely or not at all, and sees what the lines before it did.
 */
export class RosterDraft {
  private readonly artists = new KeyedRows<ArtistRow>((artist) => [artist.id, ...artist.identifiers.map(keyOf)]);
  private readonly songs = new KeyedRows<SongRow>(songKeys);
  private readonly artistNames = new Map<string, string>();

  /**
   * @param newId ids of new rows, each greater than the one before: rows of one time are listed by id
   * @param mayReactivate whether an inactive artist may be made active
   */
  constructor(
    { artists, songs, successors }: FoundRows,
    private readonly newId: () => string,
    private readonly mayReactivate: boolean,
  ) {
    for (const artist of artists) this.artists.load(artist);
    for (const { artistName, ...song } of songs) {
      this.songs.load(song);
      this.artistNames.set(song.artistId, artistName);
    }
    for (const [oldId, id] of successors) this.artists.alsoFindBy(oldId, id);
  }

  apply(line: ImportedArtist): ImportOutcome {
    try {
      return this.applied(line);
    } catch (error) {
      if (error instanceof DomainError) return { result: 'refused', error };
      throw error;
    }
  }

  changes(): RosterChanges {
    const { created: newArtists, changed: changedArtists } = this.artists.changes();
    const { created: newSongs, changed: changedSongs } = this.songs.changes();
    return { newArtists, changedArtists, newSongs, changedSongs };
  }

  /** @throws DomainError what the line is refused for; nothing is changed then */
  private applied(line: ImportedArtist): ImportOutcome {
    const found = this.foundArtist(line.identifiers);
    const artist = this.artistAfter(line, found);
    const artistResult = found === undefined ? 'created' : this.artists.holds(artist) ? 'unchanged' : 'updated';
    const songs = this.songsAfter(artist, line.songs ?? []);
    this.artists.put(artist);
    const counts = { created: 0, updated: 0, unchanged: 0 };
    for (const song of songs) {
      if (!this.songs.has(song.id)) counts.created++;
      else if (this.songs.holds(song)) counts.unchanged++;
      else counts.updated++;
      this.songs.put(song);
    }
    const songsChanged = counts.created + counts.updated > 0;
    return {
      result: artistResult === 'unchanged' && songsChanged ? 'updated' : artistResult,
      id: artist.id,
      ...(line.songs && { songs: counts }),
    };
  }

  private foundArtist(identifiers: readonly Identifier[]): ArtistRow | undefined {
    const [first, second] = this.artists.allFoundBy(identifiers.flatMap(keysToFind));
    if (first && second) {
      throw new DomainError('identifier_taken', {
        message: `The identifiers belong to two artists: ${named(first)} and ${named(second)}`,
      });
    }
    return first;
  }

  private artistAfter(line: ImportedArtist, found: ArtistRow | undefined): ArtistRow {
    const name = line.name ?? found?.name;
    if (name === undefined) throw required('name', 'artist');
    if (found?.status === 'inactive' && line.status === 'active' && !this.mayReactivate) {
      throw new DomainError('artist_inactive');
    }
    const known = new Set(found && this.artists.keysOf(found));
    const added = line.identifiers.filter((identifier) => !keysToFind(identifier).some((key) => known.has(key)));
    // An export returns all that merges moved to an artist, and an import creates that artist again.
    const [aliasesMax, identifiersMax] = found ? [ALIASES_MAX, IDENTIFIERS_MAX] : [Infinity, Infinity];
    return {
      id: found?.id ?? this.newId(),
      name,
      sortName: given(line.sortName, found?.sortName),
      aliases: joined('aliases', found?.aliases ?? [], line.aliases ?? [], aliasesMax, (alias) => alias),
      disambiguation: given(line.disambiguation, found?.disambiguation),
      identifiers: joined('identifiers', found?.identifiers ?? [], added, identifiersMax, keyOf),
      status: line.status ?? found?.status ?? 'active',
    };
  }

  private songsAfter(artist: ArtistRow, lines: readonly ImportedSong[]): SongRow[] {
    // Songs that share a key would be one song.
    const places = new Map<string, number>();
    return lines.map((line, place) => {
      const keys = [...(line.identifiers ?? []).flatMap(keysToFind), ...isrcKey(line.isrc)];
      const found = this.foundSong(artist, keys, place);
      const song = songAfter(line, found, artist.id, this.newId, place);
      for (const key of new Set([...keys, song.id])) {
        const other = places.get(key);
        if (other !== undefined) {
          throw songTaken(place, `songs.${other} and songs.${place} are the same song`);
        }
        places.set(key, place);
      }
      return song;
    });
  }

  private foundSong(artist: ArtistRow, keys: readonly string[], place: number): SongRow | undefined {
    const [song, other] = this.songs.allFoundBy(keys);
    if (song && other) {
      const message = `The identifiers of songs.${place} belong to two songs: ${titled(song)} and ${titled(other)}`;
      throw songTaken(place, message);
    }
    if (song && song.artistId !== artist.id) {
      const { artistId: id } = song;
      const owner = this.artists.get(id) ?? { id, name: this.artistNames.get(id) ?? '' };
      throw songTaken(place, `songs.${place} is ${titled(song)} of the artist ${named(owner)}`);
    }
    return song;
  }
}

function songAfter(
  line: ImportedSong,
  found: SongRow | undefined,
  artistId: string,
  newId: () => string,
  place: number,
): SongRow {
  const title = line.title ?? found?.title;
  if (title === undefined) {
    throw required(`songs.${place}.title`, 'song');
  }
  const known = new Set(found && songKeys(found));
  const added = (line.identifiers ?? []).filter((identifier) => !keysToFind(identifier).some((key) => known.has(key)));
  return {
    id: found?.id ?? newId(),
    artistId,
    title,
    displayArtist: given(line.displayArtist, found?.displayArtist),
    isrc: given(line.isrc, found?.isrc),
    identifiers: joined(`songs.${place}.identifiers`, found?.identifiers ?? [], added, IDENTIFIERS_MAX, keyOf),
    releaseDate: given(line.releaseDate, found?.releaseDate),
    durationMs: given(line.durationMs, found?.durationMs),
  };
}

function required(field: string, kind: 'artist' | 'song'): DomainError {
  const message = `${field} is required, since no ${kind} has these identifiers`;
  return invalidField({ field, code: 'required', message });
}

function songTaken(place: number, message: string): DomainError {
  return new DomainError('identifier_taken', {
    message,
    fields: [{ field: `songs.${place}`, code: 'taken', message }],
  });
}

/** The field as given; otherwise as it is. */
function given<T>(value: T | null | undefined, current: T | null | undefined): T | null {
  return value === undefined ? (current ?? null) : value;
}

/**
 * The current values and those that are new among the added ones.
 * @throws DomainError `invalid_request` where any is added beyond `max`
 */
function joined<T>(
  field: string,
  current: readonly T[],
  added: readonly T[],
  max: number,
  keyOfValue: (value: T) => string,
): T[] {
  const all = new Map([...current, ...added].map((value) => [keyOfValue(value), value]));
  if (all.size > Math.max(max, current.length)) {
    throw invalidField({ field, code: 'too_long', max, message: `${field} would be more than ${max} in all` });
  }
  return [...all.values()];
}

/** No type has a space. */
function keyOf({ type, value }: Identifier): string {
  return `${type} ${value}`;
}

/** An id of Stagedoor is found as an identifier, and as the id of a row: the file may come from this installation. */
function keysToFind(identifier: Identifier): string[] {
  return identifier.type === STAGEDOOR ? [keyOf(identifier), identifier.value] : [keyOf(identifier)];
}

function songKeys({ id, isrc, identifiers }: SongRow): string[] {
  return [id, ...isrcKey(isrc), ...identifiers.map(keyOf)];
}

function isrcKey(isrc: string | null | undefined): string[] {
  return isrc == null ? [] : [`isrc ${isrc}`];
}

function named({ id, name }: Pick<ArtistRow, 'id' | 'name'>): string {
  return `“${name}” (${id})`;
}

function titled({ id, title }: SongRow): string {
  return `“${title}” (${id})`;
}
