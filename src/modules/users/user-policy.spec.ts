import { describe, expect, it } from 'vitest';
import type { Principal, Role } from '../../common/principal.js';
import { mayExport, mayList, mayManage, mayRead, mayRequest, type StandingChange } from './user-policy.js';

const SELF = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';
const OTHER = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0e';
const as = (role: Role): Principal => ({ kind: 'session', userId: SELF, role, sessionId: SELF });

describe('who may read an account', () => {
  it.each<[Role, string, string, boolean]>([
    ['user', 'their own', SELF, true],
    ['user', 'their own in capitals', SELF.toUpperCase(), true],
    ['user', 'another’s', OTHER, false],
    ['admin', 'their own', SELF, true],
    ['admin', 'another’s', OTHER, true],
    ['SUPER_ADMIN', 'another’s', OTHER, true],
  ])('%s, %s: %s → %s', (role, _, userId, expected) => {
    expect(mayRead(as(role), userId)).toBe(expected);
  });
});

describe('who may export an account', () => {
  it.each<[Role, string, string, boolean]>([
    ['user', 'their own', SELF, true],
    ['user', 'their own in capitals', SELF.toUpperCase(), true],
    ['user', 'another’s', OTHER, false],
    ['admin', 'another’s', OTHER, false],
    ['SUPER_ADMIN', 'another’s', OTHER, true],
  ])('%s, %s: %s → %s', (role, _, userId, expected) => {
    expect(mayExport(as(role), userId)).toBe(expected);
  });
});

describe('who may list accounts', () => {
  it.each<[Role, boolean]>([
    ['user', false],
    ['admin', true],
    ['SUPER_ADMIN', true],
  ])('%s → %s', (role, expected) => {
    expect(mayList(as(role))).toBe(expected);
  });
});

describe('who may request a change of role or status', () => {
  it.each<[Role, StandingChange, boolean]>([
    ['user', {}, false],
    ['user', { status: 'inactive' }, false],
    ['user', { role: 'admin' }, false],
    ['admin', {}, true],
    ['admin', { status: 'suspended' }, true],
    ['admin', { role: 'user' }, false],
    ['admin', { role: 'SUPER_ADMIN' }, false],
    ['admin', { role: 'user', status: 'active' }, false],
    ['SUPER_ADMIN', {}, true],
    ['SUPER_ADMIN', { status: 'suspended' }, true],
    ['SUPER_ADMIN', { role: 'SUPER_ADMIN' }, true],
  ])('%s, %o → %s', (role, change, expected) => {
    expect(mayRequest(as(role), change)).toBe(expected);
  });
});

describe('who may change or delete whose account', () => {
  it.each<[Role, Role, boolean]>([
    ['user', 'user', false],
    ['user', 'admin', false],
    ['user', 'SUPER_ADMIN', false],
    ['admin', 'user', true],
    ['admin', 'admin', false],
    ['admin', 'SUPER_ADMIN', false],
    ['SUPER_ADMIN', 'user', true],
    ['SUPER_ADMIN', 'admin', true],
    ['SUPER_ADMIN', 'SUPER_ADMIN', true],
  ])('%s, that of a %s → %s', (role, target, expected) => {
    expect(mayManage(as(role), { role: target })).toBe(expected);
  });
});
