import { DomainError } from '../../common/domain-error.js';
import { hasRole, type Principal } from '../../common/principal.js';
import type { ArtistStatus } from './artist-status.js';

/*
 * Who may do what to an artist, and so to its songs: the owner while it is active, admins always. To anybody else it
 * does not exist.
 */

interface Owned {
  readonly userId: string;
  readonly status: ArtistStatus;
}

/** Admins see every artist; others their own active ones. */
export function seesAll(principal: Principal): boolean {
  return hasRole(principal, 'admin');
}

/** Whether the artist exists as far as this principal may know. */
export function knowsOf(principal: Principal, artist: { readonly userId: string }): boolean {
  return artist.userId === principal.userId || seesAll(principal);
}

/**
 * Lets through whoever may read and change the artist.
 * @throws DomainError `artist_inactive` for the owner of an inactive one
 */
export function assertManages(principal: Principal, artist: Owned): void {
  if (artist.status === 'active' || seesAll(principal)) return;
  throw new DomainError('artist_inactive', 'This artist is inactive; only an admin can activate it again');
}
