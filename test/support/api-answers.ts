import { expect } from 'vitest';
import type { HttpAnswer } from './http-client.js';

/** The exact fields of each resource of `/api`. */
export const API_FIELDS = {
  user: [
    ...['id', 'email', 'username', 'name', 'firstName', 'lastName'],
    ...['phone', 'locale', 'emailVerified', 'role', 'status', 'createdAt', 'updatedAt'],
  ],
  login: ['user', 'token', 'refreshToken', 'expiresIn'],
  refresh: ['token', 'expiresIn'],
  artist: [
    ...['id', 'name', 'sortName', 'aliases', 'disambiguation', 'identifiers'],
    ...['status', 'userId', 'createdAt', 'updatedAt'],
  ],
  song: [
    ...['id', 'artistId', 'title', 'displayArtist', 'isrc', 'identifiers'],
    ...['releaseDate', 'durationMs', 'createdAt', 'updatedAt'],
  ],
  key: [
    'keyId',
    'name',
    'scopes',
    'expiresAt',
    'allowedNetworks',
    'lastFour',
    'previousValidUntil',
    'createdAt',
    'lastUsed',
  ],
  meta: ['page', 'size', 'totalCount', 'totalPages', 'nextCursor'],
} as const;

/** A well-formed id that does not exist. */
export const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000';

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function expectFields(object: unknown, fields: readonly string[]): void {
  expect(Object.keys(object as object).sort()).toEqual([...fields].sort());
}

/** A success of `/api`: exactly `{message, data}`, and `meta` with a list. */
export function expectSuccess(answer: HttpAnswer, status: number, { list = false } = {}): void {
  expect(answer.status, answer.text).toBe(status);
  expectFields(answer.body, list ? ['message', 'data', 'meta'] : ['message', 'data']);
  expect(answer.body['message']).toMatch(/./);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  // A client may keep what has a version, and asks each time whether it is current.
  expect(answer.headers.get('cache-control')).toBe(answer.headers.has('etag') ? 'private, no-cache' : 'no-store');
}

export function expectNoContent(answer: HttpAnswer): void {
  expect(answer.status, answer.text).toBe(204);
  expect(answer.text).toBe('');
}

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/**
 * An error of `/api`: exactly `{statusCode, message, error, code}`, and `errors` where it concerns fields, with the header
 * that RFC 6750 requires.
 */
export function expectRefusal(answer: HttpAnswer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body['code'] }, answer.text).toEqual({ status, code });
  const concernsFields = Array.isArray(answer.body['message']) || code.endsWith('_taken');
  expectFields(answer.body, ['statusCode', 'message', 'error', 'code', ...(concernsFields ? ['errors'] : [])]);
  expect(answer.body['statusCode']).toBe(status);
  expect(answer.body['error']).toBe(PHRASES[status]);
  expect([answer.body['message']].flat().join('')).toMatch(/./);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('www-authenticate')).toBe(challengeOf(status, code));
}

function challengeOf(status: number, code: string): string | null {
  if (status === 403) return 'Bearer realm="stagedoor", error="insufficient_scope"';
  if (status !== 401) return null;
  return code === 'invalid_token' || code === 'invalid_api_key'
    ? 'Bearer realm="stagedoor", error="invalid_token"'
    : 'Bearer realm="stagedoor"';
}

/** A 400 whose `message` lists one string for each of these fields, beginning with the field's name. */
export function expectFaultsIn(answer: HttpAnswer, ...fields: string[]): void {
  expectRefusal(answer, 400, 'invalid_request');
  const messages = answer.body['message'] as unknown;
  expect(Array.isArray(messages), answer.text).toBe(true);
  expect((messages as string[]).map((text) => text.split(' ')[0]).sort(), answer.text).toEqual([...fields].sort());
  expect((answer.body['errors'] as unknown as { field: string }[]).map(({ field }) => field)).toEqual(
    (messages as string[]).map((text) => text.split(' ')[0]),
  );
}
