import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, type ObjectLiteral, Repository, type SelectQueryBuilder } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError, invalidField } from '../../common/domain-error.js';
import type { Identifier } from '../../common/identifier.js';
import { newId } from '../../common/ids.js';
import { type Page, type PageRequest, planPage, type SortOrder, toPage } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { Database } from '../../database/database.js';
import { readPage } from '../../database/listing.js';
import { violates } from '../../database/sql-state.js';
import { assertVersion, lockArtists, type RequiredVersions } from './artist-locks.js';
import { assertMayManage, listable, mayKnow } from './artist-policy.js';
import type { Artist } from './artist.entity.js';
import { ArtistsService } from './artists.service.js';
import { foldSong, searchFor } from './folded-text.js';
import { IS_OF_ACTIVE_ARTIST, type LookUp, LookUps } from './look-ups.js';
import { Song } from './song.entity.js';
import { type Claim, refuseTaken } from './taken-identifier.js';

export interface NewSong {
  readonly title: string;
  readonly displayArtist?: string | null;
  /** ISO 3901, 12 characters. */
  readonly isrc?: string | null;
  /** In the form in which `common/identifier.ts` keeps them. */
  readonly identifiers?: Identifier[];
  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. */
  readonly releaseDate?: string | null;
  readonly durationMs?: number | null;
}

export interface SongChange extends Partial<NewSong> {
  /** Moves the song to another artist of the same owner. */
  readonly artistId?: string;
}

export interface SongQuery extends PageRequest {
  /** Part of a title or of the credited artist. */
  readonly q?: string;
  readonly sort?: SortOrder;
}

export interface AllSongsQuery extends SongQuery {
  /** Takes precedence over everything else. */
  readonly lookUp?: LookUp | undefined;
  /** Only the songs of this artist. */
  readonly artistId?: string;
  /** Only the songs of this owner. */
  readonly userId?: string;
}

/** A song with its artist. */
export type SongWithArtist = Song & { readonly artist: Artist };

/** Songs. Access follows the artist (`artist-policy.ts`); an ISRC is unique among the songs of one owner. */
@Injectable()
export class SongsService {
  constructor(
    @InjectRepository(Song) private readonly songs: Repository<Song>,
    private readonly database: Database,
    private readonly artists: ArtistsService,
    private readonly lookUps: LookUps,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `artist_not_found`, `artist_inactive`, `isrc_taken`, `identifier_taken` */
  async create(principal: Principal, artistId: string, input: NewSong): Promise<Song> {
    const now = this.clock.now();
    const song: Song = {
      id: newId(),
      artistId,
      userId: principal.userId,
      title: input.title,
      displayArtist: input.displayArtist ?? null,
      isrc: input.isrc ?? null,
      identifiers: input.identifiers ?? [],
      releaseDate: input.releaseDate ?? null,
      durationMs: input.durationMs ?? null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    const work = this.artists.changeLocked(principal, artistId, async (manager, artist) => {
      // Not the principal: an admin may add songs to the artists of others.
      song.userId = artist.userId;
      song.artistId = artist.id;
      await manager.insert(Song, { ...song, ...foldSong(song) });
    });
    await this.refuseTaken(work, song);
    return song;
  }

  /**
   * By an id of this installation, or of the given type, `isrc` among them: then an admin gets their own song first, else
   * the oldest.
   * @throws DomainError `song_not_found`, `artist_inactive`; `invalid_request` for a wrong check digit
   */
  async get(principal: Principal, id: string, idType?: string): Promise<SongWithArtist> {
    if (idType !== undefined) {
      const { sql, values } = this.lookUps.songCondition(principal, idType, id);
      return visible(principal, await this.withArtist(sql, values).getOne());
    }
    return visible(principal, isUuid(id) ? await this.withArtist('song.id = :id', { id }).getOne() : null);
  }

  /**
   * The songs of one artist. In the default order, songs that `q` names come first.
   * @throws DomainError `artist_not_found`, `artist_inactive`, `artist_merged`
   */
  async listOfArtist(principal: Principal, artistId: string, { sort, q, ...page }: SongQuery): Promise<Page<Song>> {
    const plan = planPage(page, { sort, q });
    const artist = await this.artists.get(principal, artistId);
    return readPage(this.database, plan, {
      rows: this.songs,
      where: { artistId: artist.id },
      search: q === undefined ? undefined : searchFor(q),
    });
  }

  /** The songs of the active artists that the principal manages: an admin of all owners. */
  async list(principal: Principal, query: AllSongsQuery): Promise<Page<Song>> {
    const { lookUp, sort, q, artistId, userId, ...page } = query;
    if (lookUp) return this.lookUps.listSongs(principal, lookUp);
    const filters = { artistId: artistId?.toLowerCase(), userId: userId?.toLowerCase() };
    const plan = planPage(page, { sort, q, ...filters });
    const owned = listable(principal, { userId });
    if (!owned) return toPage<Song>(plan, [], plan.by === 'cursor' ? null : 0);
    return readPage(this.database, plan, {
      rows: this.songs,
      where: {
        artistId: filters.artistId && (await this.artists.currentId(filters.artistId)),
        userId: owned.userId,
      },
      also: { active: IS_OF_ACTIVE_ARTIST },
      search: q === undefined ? undefined : searchFor(q),
    });
  }

  /**
   * `required`: versions of which the song must have one.
   * @throws DomainError `song_not_found`, `artist_inactive`, `isrc_taken`, `identifier_taken`, `precondition_failed`; where
   *   the song is moved, `artist_not_found`, `artist_merged`, and `invalid_request` for an artist of another owner
   */
  async update(principal: Principal, songId: string, change: SongChange, required?: RequiredVersions): Promise<Song> {
    const work = this.changeLocked(principal, songId, change.artistId, async (manager, song, artist) => {
      assertVersion(song, required);
      if (Object.keys(change).length === 0) return;
      if (artist.userId !== song.userId) throw otherOwner();
      const changed = { ...change, artistId: artist.id, updatedAt: this.clock.now() };
      Object.assign(song, changed, { version: song.version + 1 });
      const folded = foldSong(song);
      await manager.update(Song, { id: song.id }, { ...changed, ...folded });
      // Where the new title folds like the old one, the trigger has emptied it.
      await manager.update(Song, { id: song.id, folded: IsNull() }, { ...folded });
    });
    return this.refuseTaken(work, { id: songId, userId: principal.userId, identifiers: change.identifiers });
  }

  /**
   * `required`: versions of which the song must have one.
   * @throws DomainError `song_not_found`, `artist_inactive`, `precondition_failed`
   */
  async delete(principal: Principal, songId: string, required?: RequiredVersions): Promise<void> {
    await this.changeLocked(principal, songId, undefined, async (manager, song) => {
      assertVersion(song, required);
      await manager.delete(Song, { id: song.id });
    });
  }

  /**
   * Locks the song's artist, and the one that it moves to, and does `work` with the song and the artist that it will have.
   */
  private async changeLocked(
    principal: Principal,
    songId: string,
    newArtistId: string | undefined,
    work: (manager: EntityManager, song: Song, artist: Artist) => Promise<void>,
  ): Promise<Song> {
    for (;;) {
      const found = await this.get(principal, songId);
      const changed = await this.database.transaction(async (manager) => {
        const locked = await lockWithArtists(manager, principal, found, newArtistId);
        if (locked) await work(manager, locked.song, locked.artist);
        return locked?.song;
      });
      if (changed) return changed;
    }
  }

  /** @throws DomainError `isrc_taken`, `identifier_taken` where the write of the song failed because of it */
  private async refuseTaken<T>(write: Promise<T>, song: Omit<Claim, 'kind'>): Promise<T> {
    try {
      return await refuseTaken(this.database, write, { kind: 'song', ...song });
    } catch (error) {
      throw violates(error, 'songs_user_id_isrc_key') ? new DomainError('isrc_taken') : error;
    }
  }

  private withArtist(condition: string, parameters: ObjectLiteral): SelectQueryBuilder<Song> {
    return this.songs
      .createQueryBuilder('song')
      .innerJoinAndSelect('song.artist', 'artist')
      .where(condition, parameters);
  }
}

/** The song and the artist that it will have; undefined where the song was moved or deleted before the locks were there. */
async function lockWithArtists(
  manager: EntityManager,
  principal: Principal,
  { id, artistId }: Song,
  newArtistId: string = artistId,
): Promise<{ readonly song: Song; readonly artist: Artist } | undefined> {
  try {
    const [, artist] = await lockArtists(manager, principal, [artistId, newArtistId]);
    const song = await manager.findOneBy(Song, { id, artistId });
    return song ? { song, artist } : undefined;
  } catch (error) {
    // An artist that was merged is gone, and its songs are not.
    if (!(error instanceof DomainError) || (await manager.existsBy(Song, { id, artistId }))) throw error;
    return undefined;
  }
}

function visible(principal: Principal, song: Song | null): SongWithArtist {
  if (!song?.artist || !mayKnow(principal, song)) throw songNotFound();
  assertMayManage(principal, song.artist);
  return song as SongWithArtist;
}

function songNotFound(): DomainError {
  return new DomainError('song_not_found');
}

function otherOwner(): DomainError {
  const message = 'artistId must be an artist of the same owner';
  return invalidField({ field: 'artistId', code: 'not_allowed', message, hint: 'Choose an artist of the same owner' });
}
