import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { type DomainError, invalidField } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { assertVersion, lockArtists, type RequiredVersions } from './artist-locks.js';
import { Artist } from './artist.entity.js';
import { foldArtist } from './folded-text.js';
import { MergedArtist } from './merged-artist.entity.js';
import { Song } from './song.entity.js';

/** Merges two entries of the same artist into one. */
@Injectable()
export class ArtistMergeService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Moves the songs, identifiers and aliases of an artist to another one of the same owner, whose alias its name becomes,
   * and deletes it. Its id, and every id that led to it, leads to the other one from then on. `required` are versions of
   * the artist that is merged. Returns the other one.
   * @throws DomainError `artist_not_found`, `artist_inactive`, `artist_merged`, `precondition_failed`; `invalid_request` for
   *   an artist of another owner, and for the artist itself
   */
  async merge(principal: Principal, artistId: string, intoId: string, required: RequiredVersions): Promise<Artist> {
    if (artistId.toLowerCase() === intoId.toLowerCase()) throw cannotMergeInto('another artist');
    return this.database.transaction(async (manager) => {
      const [artist, into] = await lockArtists(manager, principal, [artistId, intoId]);
      assertVersion(artist, required);
      if (artist.userId !== into.userId) throw cannotMergeInto('an artist of the same owner');
      const now = this.clock.now();
      await manager.update(Song, { artistId: artist.id }, { artistId: into.id, updatedAt: now });
      await manager.update(MergedArtist, { artistId: artist.id }, { artistId: into.id });
      // Before its identifiers move, which are unique.
      await manager.delete(Artist, { id: artist.id });
      await manager.insert(MergedArtist, { id: artist.id, artistId: into.id, mergedAt: now });
      return absorb(manager, into, artist, now);
    });
  }
}

/** Adds the identifiers, aliases and name of `artist`, also beyond the number that may be given otherwise. */
async function absorb(manager: EntityManager, into: Artist, artist: Artist, now: Date): Promise<Artist> {
  const aliases = new Set([...into.aliases, ...artist.aliases, artist.name]);
  aliases.delete(into.name);
  const change = {
    aliases: [...aliases],
    identifiers: [...into.identifiers, ...artist.identifiers],
    updatedAt: now,
  };
  const merged = { ...into, ...change, version: into.version + 1 };
  const folded = foldArtist(merged);
  await manager.update(Artist, { id: into.id }, { ...change, ...folded });
  // Where the new text folds like the old one, the trigger has emptied it.
  await manager.update(Artist, { id: into.id, folded: IsNull() }, { ...folded });
  return merged;
}

function cannotMergeInto(other: string): DomainError {
  return invalidField({
    field: 'into',
    code: 'not_allowed',
    message: `into must be ${other}`,
    hint: `Choose ${other}`,
  });
}
