import { Injectable } from '@nestjs/common';
import { NIL_ID } from '../../common/ids.js';
import type { Listed } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { ContinuedAccess } from '../sessions/continued-access.js';
import type { ArtistRow, SongRow } from './roster-draft.js';
import { ARTIST_COLUMNS, SONG_COLUMNS } from './roster-rows.js';

const ARTISTS_AT_ONCE = 50;
/** Of one artist. */
const SONGS_AT_ONCE = 100;

/** Some of an artist's songs. An artist with many songs comes several times in a row. */
export interface ExportedArtist {
  readonly artist: ArtistRow;
  readonly songs: readonly SongRow[];
}

type Placed<Row> = Row & Listed;

/** Exports the roster of the principal, the oldest rows first, with a bounded number of rows in memory. */
@Injectable()
export class CatalogueExportService {
  constructor(
    private readonly database: Database,
    private readonly access: ContinuedAccess,
  ) {}

  /** @throws DomainError as {@link ContinuedAccess.assertUnchanged}, once the credentials of the export are refused */
  async *export(principal: Principal): AsyncGenerator<ExportedArtist> {
    let last: Listed | undefined;
    for (;;) {
      await this.access.assertUnchanged(principal);
      const artists = await this.artistsAfter(principal.userId, last);
      const songs = await this.firstSongsOf(artists);
      for (const artist of artists) {
        let found = songs.get(artist.id) ?? [];
        yield { artist, songs: found };
        while (found.length === SONGS_AT_ONCE) {
          await this.access.assertUnchanged(principal);
          found = await this.songsAfter(artist.id, found.at(-1) as Listed);
          if (found.length > 0) yield { artist, songs: found };
        }
      }
      if (artists.length < ARTISTS_AT_ONCE) return;
      last = artists.at(-1);
    }
  }

  private async artistsAfter(userId: string, after: Listed | undefined): Promise<Placed<ArtistRow>[]> {
    return this.database.prepared<Placed<ArtistRow>>(
      'export artists',
      `SELECT ${ARTIST_COLUMNS}, created_at AS "createdAt" FROM artists
        WHERE user_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT ${ARTISTS_AT_ONCE}`,
      [userId, ...valuesOf(after)],
    );
  }

  private async firstSongsOf(artists: readonly ArtistRow[]): Promise<ReadonlyMap<string, Placed<SongRow>[]>> {
    const songs = await this.database.prepared<Placed<SongRow>>(
      'export songs',
      `SELECT songs.* FROM unnest($1::uuid[]) AS artist (id) CROSS JOIN LATERAL (
         SELECT ${SONG_COLUMNS}, created_at AS "createdAt" FROM songs WHERE artist_id = artist.id
          ORDER BY created_at, id LIMIT ${SONGS_AT_ONCE}) AS songs`,
      [artists.map(({ id }) => id)],
    );
    const byArtist = new Map<string, Placed<SongRow>[]>(artists.map(({ id }) => [id, []]));
    for (const song of songs) byArtist.get(song.artistId)?.push(song);
    return byArtist;
  }

  private async songsAfter(artistId: string, after: Listed): Promise<Placed<SongRow>[]> {
    return this.database.prepared<Placed<SongRow>>(
      'export more songs',
      `SELECT ${SONG_COLUMNS}, created_at AS "createdAt" FROM songs
        WHERE artist_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT ${SONGS_AT_ONCE}`,
      [artistId, ...valuesOf(after)],
    );
  }
}

/** Before every row without a position. */
function valuesOf(after: Listed | undefined): readonly [Date | string, string] {
  return after ? [after.createdAt, after.id] : ['-infinity', NIL_ID];
}
