import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type ObjectLiteral, Repository, type SelectQueryBuilder } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { type Page, type PageRequest, planPage, toPage } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { violates } from '../../database/sql-state.js';
import { assertManages, knowsOf } from './artist-policy.js';
import type { Artist } from './artist.entity.js';
import { ArtistsService } from './artists.service.js';
import { ISRC } from './isrc.js';
import { Song } from './song.entity.js';

export interface NewSong {
  readonly title: string;
  /** ISO 3901 without hyphens. */
  readonly isrc?: string | null;
  /** `YYYY-MM-DD`. */
  readonly releaseDate?: string | null;
  readonly durationMs?: number | null;
}

export type SongChange = Partial<NewSong>;

/** A song together with its artist, for those who show both. */
export type SongWithArtist = Song & { readonly artist: Artist };

/** Songs. They belong to an artist and follow its rules; an ISRC is unique within one owner. */
@Injectable()
export class SongsService {
  constructor(
    @InjectRepository(Song) private readonly songs: Repository<Song>,
    private readonly artists: ArtistsService,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `artist_not_found`, `artist_inactive`, `isrc_taken` */
  async create(principal: Principal, artistId: string, input: NewSong): Promise<Song> {
    const now = this.clock.now();
    const song: Song = {
      id: newId(),
      artistId,
      userId: principal.userId,
      title: input.title,
      isrc: input.isrc ?? null,
      releaseDate: input.releaseDate ?? null,
      durationMs: input.durationMs ?? null,
      createdAt: now,
      updatedAt: now,
    };
    await this.artists.touch(principal, artistId, async (manager, artist) => {
      // The artist's, not the principal's: an admin adds songs to other people's artists.
      song.userId = artist.userId;
      song.artistId = artist.id;
      await orIsrcTaken(manager.insert(Song, song));
    });
    return song;
  }

  /** @throws DomainError `song_not_found`, `artist_inactive` */
  async get(principal: Principal, songId: string): Promise<SongWithArtist> {
    return visible(principal, isUuid(songId) ? await this.withArtist('song.id = :songId', { songId }).getOne() : null);
  }

  /**
   * The song with this ISRC, hyphens or not: one's own first; an admin, who sees everybody's, else gets the oldest.
   * @throws DomainError `song_not_found`, `artist_inactive`
   */
  async getByIsrc(principal: Principal, isrc: string): Promise<SongWithArtist> {
    const code = isrc.replaceAll('-', '');
    if (!ISRC.test(code)) throw songNotFound();
    const song = await this.withArtist('song.isrc = :code', { code })
      .orderBy('CASE WHEN song.userId = :self THEN 0 ELSE 1 END')
      .addOrderBy('song.createdAt')
      .setParameter('self', principal.userId)
      .limit(1)
      .getOne();
    return visible(principal, song);
  }

  /** Newest first. @throws DomainError `artist_not_found`, `artist_inactive` */
  async list(principal: Principal, artistId: string, query: PageRequest): Promise<Page<Song>> {
    const plan = planPage(query);
    const artist = await this.artists.get(principal, artistId);
    const rows = this.songs
      .createQueryBuilder('song')
      .where('song.artistId = :artistId', { artistId: artist.id })
      .orderBy('song.createdAt', 'DESC')
      .addOrderBy('song.id', 'DESC');
    const total = plan.by === 'offset' ? await rows.getCount() : null;
    if (plan.by === 'offset') rows.offset(plan.offset);
    else rows.andWhere('(song.createdAt, song.id) < (:createdAt, :id)', plan.after);
    return toPage(plan, await rows.limit(plan.size + 1).getMany(), total);
  }

  /** @throws DomainError `song_not_found`, `artist_inactive`, `isrc_taken` */
  async update(principal: Principal, songId: string, change: SongChange): Promise<Song> {
    const song = await this.get(principal, songId);
    if (Object.keys(change).length === 0) return song;
    const changed = { ...change, updatedAt: this.clock.now() };
    await this.artists.touch(principal, song.artistId, async (manager) => {
      const { affected } = await orIsrcTaken(manager.update(Song, { id: song.id }, changed));
      if (affected === 0) throw songNotFound();
    });
    return Object.assign(song, changed);
  }

  /** @throws DomainError `song_not_found`, `artist_inactive` */
  async delete(principal: Principal, songId: string): Promise<void> {
    const song = await this.get(principal, songId);
    await this.artists.touch(principal, song.artistId, async (manager) => {
      const { affected } = await manager.delete(Song, { id: song.id });
      if (affected === 0) throw songNotFound();
    });
  }

  private withArtist(condition: string, parameters: ObjectLiteral): SelectQueryBuilder<Song> {
    return this.songs
      .createQueryBuilder('song')
      .innerJoinAndSelect('song.artist', 'artist')
      .where(condition, parameters);
  }
}

function visible(principal: Principal, song: Song | null): SongWithArtist {
  if (!song?.artist || !knowsOf(principal, song)) throw songNotFound();
  assertManages(principal, song.artist);
  return song as SongWithArtist;
}

async function orIsrcTaken<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!violates(error, 'songs_user_id_isrc_key')) throw error;
    throw new DomainError('isrc_taken', 'Another song of this owner has this ISRC');
  }
}

function songNotFound(): DomainError {
  return new DomainError('song_not_found', 'Song not found');
}
