import { DomainError } from '../../common/domain-error.js';
import { hasRole, type Principal } from '../../common/principal.js';

/*
 * Who may see and change an artist and its songs: its owner while it is active, and admins always. For everyone else
 * it does not exist. An import by the owner may change an inactive artist too, and leaves it inactive (RosterDraft).
 */

export const ARTIST_STATUSES = ['active', 'inactive'] as const;
export type ArtistStatus = (typeof ARTIST_STATUSES)[number];

interface Ownership {
  readonly userId: string;
  readonly status: ArtistStatus;
}

function managesAll(principal: Principal): boolean {
  return hasRole(principal, 'admin');
}

/** Whether the artist exists from the principal's point of view. */
export function mayKnow(principal: Principal, artist: Pick<Ownership, 'userId'>): boolean {
  return artist.userId === principal.userId || managesAll(principal);
}

/** @throws DomainError `artist_inactive` for the owner of an inactive artist */
export function assertMayManage(principal: Principal, artist: Ownership): void {
  if (artist.status !== 'active' && !managesAll(principal)) throw new DomainError('artist_inactive');
}

export interface ArtistFilter {
  readonly userId?: string | undefined;
  readonly status?: ArtistStatus | undefined;
}

/**
 * The artists among those of the filter that the principal may list: an admin all of them, others their own active
 * ones. Undefined: none.
 */
export function listable(principal: Principal, { userId, status }: ArtistFilter): ArtistFilter | undefined {
  if (managesAll(principal)) return { userId, status };
  if (userId !== undefined && userId.toLowerCase() !== principal.userId) return undefined;
  if (status !== undefined && status !== 'active') return undefined;
  return { userId: principal.userId, status: 'active' };
}
