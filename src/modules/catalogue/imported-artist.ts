import type { DomainError } from '../../common/domain-error.js';
import type { Identifier } from '../../common/identifier.js';
import type { ArtistStatus } from '../artists/artist-policy.js';

/** A song of an import. What is absent stays as it is; null clears. */
export interface ImportedSong {
  /** Required where the song is new. */
  readonly title?: string;
  readonly displayArtist?: string | null;
  readonly isrc?: string | null;
  /** Added to those of the song. */
  readonly identifiers?: readonly Identifier[];
  readonly releaseDate?: string | null;
  readonly durationMs?: number | null;
}

/** An artist of an import with songs. What is absent stays as it is; null clears. */
export interface ImportedArtist {
  /** Required where the artist is new. */
  readonly name?: string;
  readonly sortName?: string | null;
  /** Added to those of the artist. */
  readonly aliases?: readonly string[];
  readonly disambiguation?: string | null;
  /** At least one, by which the artist is found again; those that it lacks are added. */
  readonly identifiers: readonly Identifier[];
  readonly status?: ArtistStatus;
  readonly songs?: readonly ImportedSong[];
}

export interface SongCounts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

export type ImportResult = 'created' | 'updated' | 'unchanged' | 'refused';

export type ImportOutcome =
  | {
      readonly result: Exclude<ImportResult, 'refused'>;
      readonly id: string;
      /** Absent where the line has no songs. */
      readonly songs?: SongCounts;
    }
  | { readonly result: 'refused'; readonly error: DomainError };

export type ImportCounts = Readonly<Record<ImportResult, number>>;
