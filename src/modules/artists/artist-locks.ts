import { type EntityManager, In } from 'typeorm';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { assertMayManage, mayKnow } from './artist-policy.js';
import { Artist } from './artist.entity.js';
import { MergedArtist } from './merged-artist.entity.js';

/** The versions of which a change requires one. Absent: any. */
export type RequiredVersions = readonly number[] | undefined;

/** @throws DomainError `precondition_failed` */
export function assertVersion({ version }: { readonly version: number }, required: RequiredVersions): void {
  if (required !== undefined && !required.includes(version)) throw new DomainError('precondition_failed');
}

/** Locks an artist that the principal may manage. Throws what {@link assertManageable} throws. */
export async function lockArtist(manager: EntityManager, principal: Principal, artistId: string): Promise<Artist> {
  const id = artistId.toLowerCase();
  return assertManageable(manager, principal, id, (await lockedArtists(manager, [id])).get(id));
}

/** Locks two artists, in order of their ids, so that two changes of the same ones take turns. Throws as above. */
export async function lockArtists(
  manager: EntityManager,
  principal: Principal,
  ids: readonly [string, string],
): Promise<[Artist, Artist]> {
  const [one, other] = [ids[0].toLowerCase(), ids[1].toLowerCase()];
  const found = await lockedArtists(manager, [one, other]);
  return [
    await assertManageable(manager, principal, one, found.get(one)),
    await assertManageable(manager, principal, other, found.get(other)),
  ];
}

async function lockedArtists(manager: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, Artist>> {
  const artists = await manager.find(Artist, {
    where: { id: In(ids.filter(isUuid)) },
    order: { id: 'ASC' },
    lock: { mode: 'pessimistic_write' },
  });
  return new Map(artists.map((artist) => [artist.id, artist]));
}

/**
 * The artist that was found by an id, if the principal may manage it.
 * @throws DomainError `artist_not_found`, `artist_inactive`; `artist_merged` with the id of the artist that it was merged
 *   into
 */
export async function assertManageable(
  manager: EntityManager,
  principal: Principal,
  id: string,
  artist: Artist | null | undefined,
): Promise<Artist> {
  if (!artist) throw await mergedOrMissing(manager, principal, id);
  if (!mayKnow(principal, artist)) throw new DomainError('artist_not_found');
  assertMayManage(principal, artist);
  return artist;
}

async function mergedOrMissing(manager: EntityManager, principal: Principal, id: string): Promise<DomainError> {
  const merged = isUuid(id)
    ? await manager.findOne(MergedArtist, { where: { id }, relations: { artist: true } })
    : undefined;
  if (!merged?.artist || !mayKnow(principal, merged.artist)) return new DomainError('artist_not_found');
  return new DomainError('artist_merged', { successorId: merged.artistId });
}
