import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { type Page, type PageRequest, planPage, toPage } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { containing } from '../../database/like.js';
import { violates } from '../../database/sql-state.js';
import { inTransaction } from '../../database/transaction.js';
import { assertManages, knowsOf, seesAll } from './artist-policy.js';
import type { ArtistStatus } from './artist-status.js';
import { Artist } from './artist.entity.js';

export interface NewArtist {
  readonly name: string;
  readonly status?: ArtistStatus;
}

export type ArtistChange = Partial<NewArtist>;

export interface ArtistQuery extends PageRequest {
  readonly status?: ArtistStatus;
  /** Only this owner's. Others than admins only ever see their own. */
  readonly userId?: string;
  /** Part of the name. */
  readonly q?: string;
}

/** The roster. Every call decides for its principal what exists and what may be done (see `artist-policy`). */
@Injectable()
export class ArtistsService {
  constructor(
    @InjectRepository(Artist) private readonly artists: Repository<Artist>,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Adds an artist owned by the principal. */
  async create(principal: Principal, input: NewArtist): Promise<Artist> {
    const now = this.clock.now();
    const artist: Artist = {
      id: newId(),
      userId: principal.userId,
      name: input.name,
      status: input.status ?? 'active',
      createdAt: now,
      updatedAt: now,
    };
    try {
      await this.artists.insert(artist);
    } catch (error) {
      // The account was deleted while this request was on its way.
      if (violates(error, 'artists_user_id_fkey'))
        throw new DomainError('invalid_token', 'The account no longer exists');
      throw error;
    }
    return artist;
  }

  /** @throws DomainError `artist_not_found`, `artist_inactive` */
  async get(principal: Principal, artistId: string): Promise<Artist> {
    const artist = isUuid(artistId) ? await this.artists.findOneBy({ id: artistId }) : null;
    return managed(principal, artist);
  }

  /** Newest first: an admin's list holds everybody's, anybody else's their own active ones. */
  async list(principal: Principal, query: ArtistQuery): Promise<Page<Artist>> {
    const plan = planPage(query);
    const rows = this.artists
      .createQueryBuilder('artist')
      .orderBy('artist.createdAt', 'DESC')
      .addOrderBy('artist.id', 'DESC');
    if (!seesAll(principal)) {
      rows.andWhere(`artist.userId = :self AND artist.status = 'active'`, { self: principal.userId });
    }
    if (query.userId) rows.andWhere('artist.userId = :userId', { userId: query.userId });
    if (query.status) rows.andWhere('artist.status = :status', { status: query.status });
    if (query.q) rows.andWhere('artist.name ILIKE :q', { q: containing(query.q) });
    const total = plan.by === 'offset' ? await rows.getCount() : null;
    if (plan.by === 'offset') rows.offset(plan.offset);
    else rows.andWhere('(artist.createdAt, artist.id) < (:createdAt, :id)', plan.after);
    return toPage(plan, await rows.limit(plan.size + 1).getMany(), total);
  }

  /** The owner may deactivate; only an admin activates again. @throws DomainError `artist_not_found`, `artist_inactive` */
  async update(principal: Principal, artistId: string, change: ArtistChange): Promise<Artist> {
    return this.touch(principal, artistId, async (manager, artist) => {
      if (Object.keys(change).length === 0) return;
      Object.assign(artist, change, { updatedAt: this.clock.now() });
      await manager.update(Artist, { id: artist.id }, { ...change, updatedAt: artist.updatedAt });
    });
  }

  /** Deletes the artist with its songs. @throws DomainError `artist_not_found`, `artist_inactive` */
  async delete(principal: Principal, artistId: string): Promise<void> {
    await this.touch(principal, artistId, async (manager, artist) => {
      await manager.delete(Artist, { id: artist.id });
    });
  }

  /** Does `work` on an artist the principal manages, while nobody else can change it. */
  async touch(
    principal: Principal,
    artistId: string,
    work: (manager: EntityManager, artist: Artist) => Promise<void>,
  ): Promise<Artist> {
    if (!isUuid(artistId)) throw artistNotFound();
    return inTransaction(this.dataSource, async (manager) => {
      const found = await manager.findOne(Artist, { where: { id: artistId }, lock: { mode: 'pessimistic_write' } });
      const artist = managed(principal, found);
      await work(manager, artist);
      return artist;
    });
  }
}

function managed(principal: Principal, artist: Artist | null): Artist {
  if (!artist || !knowsOf(principal, artist)) throw artistNotFound();
  assertManages(principal, artist);
  return artist;
}

function artistNotFound(): DomainError {
  return new DomainError('artist_not_found', 'Artist not found');
}
