import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { databaseErrorKind, sqlState, violates } from './sql-state.js';

const failed = (driverError: object): QueryFailedError =>
  new QueryFailedError('SELECT 1', [], Object.assign(new Error('failed'), driverError));

describe('databaseErrorKind', () => {
  it.each(['22021', '22P02', '22003', '22007', '22008', '22P05'])('takes %s for a value that cannot be', (code) => {
    expect(databaseErrorKind(failed({ code }))).toBe('bad_value');
  });

  it.each(['40001', '40P01'])('takes %s for something to try again', (code) => {
    expect(databaseErrorKind(failed({ code }))).toBe('retryable');
  });

  it('takes 25006 for a connection that refuses writes', () => {
    expect(databaseErrorKind(failed({ code: '25006' }))).toBe('read_only');
  });

  it.each([
    ...['08000', '08001', '08006', '08P01', '25P03', '25P04', '28000', '28P01', '3D000', '42501'],
    ...['53100', '53200', '53300', '53400', '55000', '55006', '55P03', '57014', '57P01', '57P03', '57P04', '57P05'],
    ...['58000', '58030', 'XX000', 'XX001', 'XX002'],
  ])('takes SQLSTATE %s for a database that is not available', (code) => {
    expect(databaseErrorKind(failed({ code }))).toBe('unavailable');
  });

  it.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
  ])('takes the system’s %s for a database that is not available', (code) => {
    expect(databaseErrorKind(Object.assign(new Error('connect'), { code }))).toBe('unavailable');
  });

  it.each([
    'timeout exceeded when trying to connect',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'Query read timeout',
    'Cannot use a pool after calling end on the pool',
  ])('knows what the driver says without a code: %s', (message) => {
    expect(databaseErrorKind(new Error(message))).toBe('unavailable');
    expect(databaseErrorKind(new QueryFailedError('SELECT 1', [], new Error(message)))).toBe('unavailable');
  });

  it.each(['23505', '23503', '25P02', '42601', '42P01', '42883', 'P0001', 'SD001'])(
    'leaves %s to those who expect it',
    (code) => {
      expect(databaseErrorKind(failed({ code }))).toBeUndefined();
    },
  );

  it.each([new Error('something else'), 'text', null, undefined, 42, {}])('knows nothing of %o', (thrown) => {
    expect(databaseErrorKind(thrown)).toBeUndefined();
    expect(sqlState(thrown)).toBeUndefined();
  });
});

describe('violates', () => {
  it('knows a broken constraint by its name, in class 23 alone', () => {
    expect(violates(failed({ code: '23505', constraint: 'users_email_key' }), 'users_email_key')).toBe(true);
    expect(violates(failed({ code: '23503', constraint: 'artists_user_id_fkey' }), 'artists_user_id_fkey')).toBe(true);
    expect(violates(failed({ code: '23505', constraint: 'users_username_key' }), 'users_email_key')).toBe(false);
    expect(violates(failed({ code: '40001', constraint: 'users_email_key' }), 'users_email_key')).toBe(false);
    expect(violates(new Error('users_email_key'), 'users_email_key')).toBe(false);
  });
});
