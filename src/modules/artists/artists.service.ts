import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Identifier } from '../../common/identifier.js';
import { newId } from '../../common/ids.js';
import { type Page, type PageRequest, planPage, type SortOrder, toPage } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { readPage } from '../../database/listing.js';
import { Database } from '../../database/database.js';
import { violates } from '../../database/sql-state.js';
import { assertVersion, lockArtist, assertManageable, type RequiredVersions } from './artist-locks.js';
import { type ArtistStatus, assertMayManage, listable } from './artist-policy.js';
import { Artist } from './artist.entity.js';
import { foldArtist, searchFor } from './folded-text.js';
import { type LookUp, LookUps } from './look-ups.js';
import { MergedArtist } from './merged-artist.entity.js';
import { refuseTaken } from './taken-identifier.js';

export interface NewArtist {
  readonly name: string;
  readonly sortName?: string | null;
  readonly aliases?: string[];
  readonly disambiguation?: string | null;
  /** In the form in which `common/identifier.ts` keeps them. */
  readonly identifiers?: Identifier[];
  readonly status?: ArtistStatus;
}

export type ArtistChange = Partial<NewArtist>;

export interface ArtistQuery extends PageRequest {
  readonly status?: ArtistStatus;
  /** Only the artists of this owner. */
  readonly userId?: string;
  /** Part of a name, sort name or alias. */
  readonly q?: string;
  readonly sort?: SortOrder;
  /** Takes precedence over everything else. */
  readonly lookUp?: LookUp | undefined;
}

/** The roster. What a principal may see and change is decided in `artist-policy.ts`. */
@Injectable()
export class ArtistsService {
  constructor(
    @InjectRepository(Artist) private readonly artists: Repository<Artist>,
    private readonly lookUps: LookUps,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Adds an artist owned by the principal. @throws DomainError `identifier_taken` */
  async create(principal: Principal, input: NewArtist): Promise<Artist> {
    const now = this.clock.now();
    const artist: Artist = {
      id: newId(),
      userId: principal.userId,
      name: input.name,
      sortName: input.sortName ?? null,
      aliases: input.aliases ?? [],
      disambiguation: input.disambiguation ?? null,
      identifiers: input.identifiers ?? [],
      status: input.status ?? 'active',
      version: 1,
      createdAt: now,
      updatedAt: now,
    };
    const insertion = this.artists.insert({ ...artist, ...foldArtist(artist) });
    try {
      await refuseTaken(this.database, insertion, { kind: 'artist', ...artist });
    } catch (error) {
      if (!violates(error, 'artists_user_id_fkey')) throw error;
      // The account was deleted during this request.
      throw new DomainError('invalid_token', { message: 'The account no longer exists' });
    }
    return artist;
  }

  /**
   * Finds an artist by its id or, with a type, by an identifier of that type. Of several owners' artists an admin gets
   * their own, else the oldest.
   * @throws DomainError `artist_not_found`, `artist_inactive`; `artist_merged` for the id of an artist that was merged into
   *   another one; `invalid_request` for a wrong check digit
   */
  async get(principal: Principal, artistId: string, idType?: string): Promise<Artist> {
    if (idType !== undefined) {
      const found = await this.lookUps.artist(principal, idType, artistId);
      if (!found) throw new DomainError('artist_not_found');
      assertMayManage(principal, found);
      return found;
    }
    const artist = isUuid(artistId) ? await this.artists.findOneBy({ id: artistId }) : null;
    return assertManageable(this.artists.manager, principal, artistId, artist);
  }

  /**
   * The same; for the id of a merged artist, the artist that it was merged into.
   * @throws DomainError `artist_not_found`, `artist_inactive`
   */
  async getCurrent(principal: Principal, artistId: string, idType?: string): Promise<Artist> {
    try {
      return await this.get(principal, artistId, idType);
    } catch (error) {
      if (error instanceof DomainError && error.successorId !== undefined)
        return this.get(principal, error.successorId);
      throw error;
    }
  }

  /** The id of the artist that answers for this id: another one where it was merged. Tells nothing of its owner. */
  async currentId(artistId: string): Promise<string> {
    const merged = await this.artists.manager.findOneBy(MergedArtist, { id: artistId });
    return merged?.artistId ?? artistId;
  }

  /** Admins list all artists, others their own active ones. In the default order, artists that `q` names come first. */
  async list(principal: Principal, { lookUp, sort, q, status, userId, ...page }: ArtistQuery): Promise<Page<Artist>> {
    if (lookUp) return this.lookUps.listArtists(principal, lookUp);
    const plan = planPage(page, { sort, q, status, userId: userId?.toLowerCase() });
    const where = listable(principal, { status, userId });
    if (!where) return toPage<Artist>(plan, [], plan.by === 'cursor' ? null : 0);
    const search = q === undefined ? undefined : searchFor(q);
    return readPage(this.database, plan, { rows: this.artists, where: { ...where }, search });
  }

  /**
   * The owner may deactivate; only an admin activates again. Aliases and identifiers replace those that the artist had.
   * `required`: versions of which the artist must have one.
   * @throws DomainError `artist_not_found`, `artist_inactive`, `artist_merged`, `precondition_failed`, `identifier_taken`
   */
  async update(
    principal: Principal,
    artistId: string,
    change: ArtistChange,
    required?: RequiredVersions,
  ): Promise<Artist> {
    const work = this.changeLocked(principal, artistId, async (manager, artist) => {
      assertVersion(artist, required);
      if (Object.keys(change).length === 0) return;
      Object.assign(artist, change, { updatedAt: this.clock.now(), version: artist.version + 1 });
      const { updatedAt } = artist;
      const folded = foldArtist(artist);
      await manager.update(Artist, { id: artist.id }, { ...change, updatedAt, ...folded });
      // Where the new name folds like the old one, the trigger has emptied it.
      await manager.update(Artist, { id: artist.id, folded: IsNull() }, { ...folded });
    });
    const { identifiers } = change;
    return refuseTaken(this.database, work, { kind: 'artist', id: artistId, userId: principal.userId, identifiers });
  }

  /**
   * Deletes the artist with its songs. `required`: versions of which the artist must have one.
   * @throws DomainError `artist_not_found`, `artist_inactive`, `artist_merged`, `precondition_failed`
   */
  async delete(principal: Principal, artistId: string, required?: RequiredVersions): Promise<void> {
    await this.changeLocked(principal, artistId, async (manager, artist) => {
      assertVersion(artist, required);
      await manager.delete(Artist, { id: artist.id });
    });
  }

  /**
   * Locks the artist, checks that the principal may manage it, and does `work` in the same transaction.
   * @throws DomainError `artist_not_found`, `artist_inactive`, `artist_merged`
   */
  async changeLocked(
    principal: Principal,
    artistId: string,
    work: (manager: EntityManager, artist: Artist) => Promise<void>,
  ): Promise<Artist> {
    return this.database.transaction(async (manager) => {
      const artist = await lockArtist(manager, principal, artistId);
      await work(manager, artist);
      return artist;
    });
  }
}
