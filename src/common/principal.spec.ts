import { describe, expect, it } from 'vitest';
import { hasRole, hasScope, type Principal, ROLES, SCOPES } from './principal.js';

const USER_ID = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';

describe('hasRole', () => {
  it.each(ROLES.flatMap((held, i) => ROLES.map((needed, j) => [held, needed, i >= j] as const)))(
    '%s may do what a %s may: %s',
    (role, needed, expected) => {
      expect(hasRole({ role }, needed)).toBe(expected);
    },
  );

  it('gives an unknown role no rights', () => {
    expect(ROLES.some((needed) => hasRole({ role: 'super_admin' as 'user' }, needed))).toBe(false);
  });
});

describe('hasScope', () => {
  it('lets a session do everything its person may', () => {
    const session: Principal = { kind: 'session', userId: USER_ID, role: 'user', sessionId: USER_ID };
    expect(SCOPES.every((scope) => hasScope(session, scope))).toBe(true);
  });

  it.each(['api-key', 'key-bound'] as const)('confines a principal of kind %s to the scopes of its key', (kind) => {
    const principal: Principal = {
      kind,
      userId: USER_ID,
      role: 'SUPER_ADMIN',
      keyId: 'key_x',
      scopes: ['artists:read'],
    };
    expect(SCOPES.filter((scope) => hasScope(principal, scope))).toEqual(['artists:read']);
  });

  it('gives a key without scopes none', () => {
    const principal: Principal = { kind: 'api-key', userId: USER_ID, role: 'user', keyId: 'key_x', scopes: [] };
    expect(SCOPES.some((scope) => hasScope(principal, scope))).toBe(false);
  });
});
