import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type ObjectLiteral, Repository } from 'typeorm';
import { invalidField } from '../../common/domain-error.js';
import { type IdentifiedKind, type ReadIdentifier, readIdentifier, readIsrc } from '../../common/identifier.js';
import type { Page } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { Database } from '../../database/database.js';
import { selectList } from '../../database/select-list.js';
import { listable } from './artist-policy.js';
import { Artist } from './artist.entity.js';
import { Song } from './song.entity.js';

/** Ids to look up. Of a type of `common/identifier.ts`, for songs also `isrc`; without one, ids of this installation. */
export interface LookUp {
  readonly ids: readonly string[];
  readonly idType?: string | undefined;
}

/** SQL: whether the artist of a song is active. */
export const IS_OF_ACTIVE_ARTIST = `EXISTS (SELECT FROM artists WHERE artists.id = songs.artist_id AND artists.status = 'active')`;

type Register = 'own' | 'isrc' | 'identifier';

/** SQL expressions. */
interface Asked {
  readonly spelling: string;
  readonly type: string;
  readonly caller: string;
  /** Whether the caller sees the rows of all owners. */
  readonly seesAll: string;
}

/**
 * SQL for the id of the row that a spelling stands for, among those that the caller sees: their own first, else the
 * oldest.
 */
const HITS: Readonly<Record<IdentifiedKind, Readonly<Record<Register, (asked: Asked) => string>>>> = {
  artist: {
    own: ({ spelling }) =>
      `coalesce((SELECT artist_id FROM merged_artists WHERE merged_artists.id = ${spelling}::uuid), ${spelling}::uuid)`,
    isrc: () => 'NULL::uuid',
    identifier: (asked) => identifierHit('artist', asked),
  },
  song: {
    own: ({ spelling }) => `${spelling}::uuid`,
    isrc: ({ spelling, caller, seesAll }) =>
      `(SELECT held.id FROM songs held WHERE held.isrc = ${spelling} AND (${seesAll} OR held.user_id = ${caller})
         ORDER BY held.user_id <> ${caller}, held.created_at, held.id LIMIT 1)`,
    identifier: (asked) => identifierHit('song', asked),
  },
};

function identifierHit(kind: IdentifiedKind, { spelling, type, caller, seesAll }: Asked): string {
  return `(SELECT owned.id FROM ${kind}_identifiers held JOIN ${kind}s owned ON owned.id = held.${kind}_id
            WHERE held.type = ${type} AND held.value = ${spelling} AND (${seesAll} OR held.user_id = ${caller})
            ORDER BY held.user_id <> ${caller}, owned.created_at, owned.id LIMIT 1)`;
}

/** Finds artists and songs by ids of this and other registers, read in every spelling in which they are accepted. */
@Injectable()
export class LookUps {
  constructor(
    @InjectRepository(Artist) private readonly artists: Repository<Artist>,
    @InjectRepository(Song) private readonly songs: Repository<Song>,
    private readonly database: Database,
  ) {}

  /**
   * The artist with an id of this type, whether active or not; null where it is another owner's, except for an admin.
   * @throws DomainError `invalid_request` for a wrong check digit
   */
  async artist(principal: Principal, idType: string, id: string): Promise<Artist | null> {
    const spelling = spellingOf('artist', idType, id, ONE_ID);
    const [found] = await this.find('artist', this.artists, principal, idType, [spelling]);
    return found?.row ?? null;
  }

  /**
   * The condition, for a query builder, that a song has an id of this type.
   * @throws DomainError `invalid_request` for a wrong check digit
   */
  songCondition(principal: Principal, idType: string, id: string): { readonly sql: string; readonly values: object } {
    const asked = { spelling: ':spelling', type: ':type', caller: ':caller', seesAll: ':seesAll' };
    return {
      sql: `song.id = ${HITS.song[registerOf(idType)](asked)}`,
      values: {
        spelling: spellingOf('song', idType, id, ONE_ID),
        type: idType,
        caller: principal.userId,
        seesAll: seesAll(principal),
      },
    };
  }

  /**
   * The active artists that were asked for, in the order asked; for an admin the inactive ones too. One statement.
   * @throws DomainError `invalid_request` for a wrong check digit
   */
  listArtists(principal: Principal, lookUp: LookUp): Promise<Page<Artist>> {
    return this.list('artist', this.artists, principal, lookUp, `artists.status = 'active'`);
  }

  /** The songs of active artists, likewise. */
  listSongs(principal: Principal, lookUp: LookUp): Promise<Page<Song>> {
    return this.list('song', this.songs, principal, lookUp, IS_OF_ACTIVE_ARTIST);
  }

  private async list<Row extends ObjectLiteral>(
    kind: IdentifiedKind,
    rows: Repository<Row>,
    principal: Principal,
    lookUp: LookUp,
    isActive: string,
  ): Promise<Page<Row>> {
    const { ids, idType } = lookUp;
    const spellings = ids.map((id, i) => spellingOf(kind, idType, id, oneOfIds(i)));
    const found = await this.find(kind, rows, principal, idType, spellings, isActive);
    const places = new Set(found.map(({ place }) => place));
    const notFound = ids.filter((_, i) => !places.has(i + 1));
    const items = found.map(({ row }) => row);
    return { items, offset: null, size: ids.length, totalCount: null, nextCursor: null, notFound };
  }

  private async find<Row extends ObjectLiteral>(
    kind: IdentifiedKind,
    { metadata }: Repository<Row>,
    principal: Principal,
    idType: string | undefined,
    spellings: readonly (string | null)[],
    isActive?: string,
  ): Promise<{ readonly row: Row; readonly place: number }[]> {
    const register = registerOf(idType);
    const table = metadata.tableName;
    const found = await this.database.prepared<Row & { place?: number }>(
      `look up ${table} by ${register}${isActive === undefined ? '' : ', active'}`,
      `SELECT ${selectList(metadata)}, place::int AS place
         FROM unnest($1::text[]) WITH ORDINALITY AS asked (spelling, place)
         JOIN ${table} ON ${table}.id = ${HITS[kind][register](ASKED)}
        WHERE ($3::boolean OR ${table}.user_id = $2::uuid AND ${isActive ?? 'true'})
        ORDER BY asked.place`,
      [spellings, principal.userId, seesAll(principal), ...(register === 'identifier' ? [idType] : [])],
    );
    return found.map((row) => {
      const { place = 0 } = row;
      delete row.place;
      return { row, place };
    });
  }
}

const ASKED: Asked = { spelling: 'spelling', type: '$4', caller: '$2::uuid', seesAll: '$3::boolean' };

function registerOf(idType: string | undefined): Register {
  if (idType === undefined) return 'own';
  return idType === 'isrc' ? 'isrc' : 'identifier';
}

function seesAll(principal: Principal): boolean {
  return listable(principal, {})?.userId === undefined;
}

/** Where an id was given: the field, and the words before what is wrong with it. */
interface GivenAs {
  readonly field: string;
  readonly subject: string;
}

const ONE_ID: GivenAs = { field: 'id', subject: 'id' };

function oneOfIds(index: number): GivenAs {
  return { field: 'ids', subject: `ids must be valid: entry ${index + 1}` };
}

/**
 * The one form of an id; null for a string that cannot be an id.
 * @throws DomainError `invalid_request` for a wrong check digit
 */
function spellingOf(
  kind: IdentifiedKind,
  idType: string | undefined,
  id: string,
  { field, subject }: GivenAs,
): string | null {
  const read = readId(kind, idType, id);
  if ('value' in read) return read.value;
  if (read.problem === 'malformed') return null;
  throw invalidField({
    field,
    code: 'check_digit',
    message: `${subject} has a wrong check digit for ${idType ?? 'its type'}`,
  });
}

function readId(kind: IdentifiedKind, idType: string | undefined, id: string): ReadIdentifier {
  // An id of this installation has one form, and 36 characters of it (see `isUuid`).
  if (idType === undefined) return isUuid(id) ? { value: id.toLowerCase() } : { problem: 'malformed' };
  return idType === 'isrc' && kind === 'song' ? readIsrc(id) : readIdentifier(kind, idType, id);
}
