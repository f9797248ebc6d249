import type { Identifier } from '../../../common/identifier.js';
import { BODY_LIMIT, IDENTIFIERS_MAX } from '../../../common/limits.js';
import type { ExportedArtist } from '../../../modules/catalogue/catalogue-export.service.js';

type Artist = ExportedArtist['artist'];
type Song = ExportedArtist['songs'][number];

/**
 * Artists as lines that an import takes: null fields and empty lists are left out. No line is too long for it, unless
 * merges gave an artist more aliases and identifiers than fit in one.
 */
export async function* presentExport(artists: AsyncIterable<ExportedArtist>): AsyncGenerator<object> {
  let previous: string | undefined;
  for await (const { artist, songs } of artists) {
    yield* linesOf(artist, songs, artist.id !== previous);
    previous = artist.id;
  }
}

/** Further lines of an artist have its name and identifiers, by which an import adds their songs. */
function* linesOf(artist: Artist, songs: readonly Song[], isFirst: boolean): Generator<object> {
  const again = { name: artist.name, identifiers: identifiersOf(artist).slice(0, IDENTIFIERS_MAX) };
  let line: object = isFirst ? presentArtist(artist) : again;
  let lineSongs: object[] = [];
  let bytes = bytesOf(line);
  for (const song of songs.map(presentSong)) {
    const added = bytesOf(song) + SEPARATORS;
    if (bytes + added > BODY_LIMIT && (lineSongs.length > 0 || line !== again)) {
      yield withSongs(line, lineSongs);
      line = again;
      lineSongs = [];
      bytes = bytesOf(line);
    }
    lineSongs.push(song);
    bytes += added;
  }
  yield withSongs(line, lineSongs);
}

function withSongs(line: object, songs: readonly object[]): object {
  return songs.length > 0 ? { ...line, songs } : line;
}

/** Bytes that a song adds beside its own; the first one adds the name of the list. */
const SEPARATORS = ',"songs":[]'.length;

function presentArtist(artist: Artist): object {
  const { name, sortName, aliases, disambiguation, status } = artist;
  return {
    name,
    ...given({ sortName, disambiguation }),
    ...(aliases.length > 0 && { aliases }),
    identifiers: identifiersOf(artist),
    ...(status === 'inactive' && { status }),
  };
}

function presentSong(song: Song): object {
  const { title, displayArtist, isrc, identifiers, releaseDate, durationMs } = song;
  return {
    title,
    ...given({ displayArtist, isrc, releaseDate, durationMs }),
    ...((identifiers.length > 0 || isrc === null) && { identifiers: identifiersOf(song) }),
  };
}

/** An import finds every row again: one without identifiers by its id here. */
function identifiersOf({ id, identifiers }: Artist | Song): readonly Identifier[] {
  return identifiers.length > 0 ? identifiers : [{ type: 'stagedoor', value: id }];
}

function given(fields: Readonly<Record<string, string | number | null>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}
