import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { type Page, type PageRequest, planPage } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { readPage } from '../../database/listing.js';
import { DATABASE, type OpenDatabase } from '../../database/open-database.js';
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
    @Inject(DATABASE) private readonly database: OpenDatabase,
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
    const values: unknown[] = [];
    const given = (value: unknown): string => `$${values.push(value)}`;
    const conditions: string[] = [];
    if (!seesAll(principal)) conditions.push(`user_id = ${given(principal.userId)} AND status = 'active'`);
    if (query.userId) conditions.push(`user_id = ${given(query.userId)}`);
    if (query.status) conditions.push(`status = ${given(query.status)}`);
    const search = query.q ? { texts: ['name'], part: given(query.q) } : undefined;
    const listing = { table: 'artists', columns: COLUMNS, conditions, search, values };
    return readPage<Artist>(this.database, planPage(query), listing);
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

/** A row in the entity's shape. */
const COLUMNS = `id, user_id AS "userId", name, status, created_at AS "createdAt", updated_at AS "updatedAt"`;

function managed(principal: Principal, artist: Artist | null): Artist {
  if (!artist || !knowsOf(principal, artist)) throw artistNotFound();
  assertManages(principal, artist);
  return artist;
}

function artistNotFound(): DomainError {
  return new DomainError('artist_not_found', 'Artist not found');
}
