import { describe, expect, it } from 'vitest';
import type { Principal, Role } from '../../common/principal.js';
import { type ArtistFilter, type ArtistStatus, assertMayManage, listable, mayKnow } from './artist-policy.js';

const OWNER = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';
const STRANGER = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0e';
const as = (role: Role, userId: string): Principal => ({ kind: 'session', userId, role, sessionId: userId });

type Verdict = 'managed' | 'inactive' | 'unknown';

function verdict(principal: Principal, status: ArtistStatus): Verdict {
  const artist = { userId: OWNER, status };
  if (!mayKnow(principal, artist)) return 'unknown';
  try {
    assertMayManage(principal, artist);
    return 'managed';
  } catch (error) {
    expect(error).toMatchObject({ code: 'artist_inactive' });
    return 'inactive';
  }
}

describe('an artist', () => {
  it.each<[string, Principal, ArtistStatus, Verdict]>([
    ['its owner', as('user', OWNER), 'active', 'managed'],
    ['its owner', as('user', OWNER), 'inactive', 'inactive'],
    ['another user', as('user', STRANGER), 'active', 'unknown'],
    ['another user', as('user', STRANGER), 'inactive', 'unknown'],
    ['an admin', as('admin', STRANGER), 'active', 'managed'],
    ['an admin', as('admin', STRANGER), 'inactive', 'managed'],
    ['an admin who owns it', as('admin', OWNER), 'inactive', 'managed'],
    ['a SUPER_ADMIN', as('SUPER_ADMIN', STRANGER), 'active', 'managed'],
    ['a SUPER_ADMIN', as('SUPER_ADMIN', STRANGER), 'inactive', 'managed'],
  ])('to %s (%o), while %s, is %s', (_, principal, status, expected) => {
    expect(verdict(principal, status)).toBe(expected);
  });

  it.each<[Role, ArtistFilter, ArtistFilter | undefined]>([
    ['user', {}, { userId: STRANGER, status: 'active' }],
    ['user', { userId: STRANGER.toUpperCase(), status: 'active' }, { userId: STRANGER, status: 'active' }],
    ['user', { userId: OWNER }, undefined],
    ['user', { status: 'inactive' }, undefined],
    ['admin', {}, {}],
    ['admin', { userId: OWNER, status: 'inactive' }, { userId: OWNER, status: 'inactive' }],
    ['SUPER_ADMIN', {}, {}],
  ])('is listed for a %s who filters by %o as by %o', (role, filter, expected) => {
    expect(listable(as(role, STRANGER), filter)).toEqual(expected);
  });
});
