import { expect } from 'vitest';
import type { HttpAnswer } from './http-client.js';

/** The fields of each thing that `/api` answers: these, no more, no fewer. */
export const API_FIELDS = {
  user: [
    ...['id', 'email', 'username', 'name', 'firstName', 'lastName'],
    ...['phone', 'role', 'status', 'createdAt', 'updatedAt'],
  ],
  login: ['user', 'token', 'refreshToken', 'expiresIn'],
  refresh: ['token', 'expiresIn'],
  artist: ['id', 'name', 'status', 'userId', 'createdAt', 'updatedAt'],
  song: ['id', 'artistId', 'title', 'isrc', 'releaseDate', 'durationMs', 'createdAt', 'updatedAt'],
  key: ['keyId', 'name', 'scopes', 'expiresAt', 'allowedNetworks', 'createdAt', 'lastUsed'],
  meta: ['page', 'size', 'totalCount', 'totalPages', 'nextCursor'],
} as const;

/** An id that is well formed and nobody's. */
export const NOBODY = '00000000-0000-4000-8000-000000000000';

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function expectFields(object: unknown, fields: readonly string[]): void {
  expect(Object.keys(object as object).sort()).toEqual([...fields].sort());
}

/** A success of `/api`: exactly `{message, data}`, with a list `meta` as well. */
export function expectSuccess(answer: HttpAnswer, status: number, { list = false } = {}): void {
  expect(answer.status, answer.text).toBe(status);
  expectFields(answer.body, list ? ['message', 'data', 'meta'] : ['message', 'data']);
  expect(answer.body['message']).toMatch(/./);
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
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
  413: 'Payload Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** A refusal of `/api`: exactly `{statusCode, message, error, code}`, and what RFC 6750 wants beside it. */
export function expectRefusal(answer: HttpAnswer, status: number, code: string): void {
  expect({ status: answer.status, code: answer.body['code'] }, answer.text).toEqual({ status, code });
  expectFields(answer.body, ['statusCode', 'message', 'error', 'code']);
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

/** A 400 whose `message` lists one text for each of these fields, each beginning with the field's name. */
export function expectFaultsIn(answer: HttpAnswer, ...fields: string[]): void {
  expectRefusal(answer, 400, 'invalid_request');
  const messages = answer.body['message'] as unknown;
  expect(Array.isArray(messages), answer.text).toBe(true);
  expect((messages as string[]).map((text) => text.split(' ')[0]).sort(), answer.text).toEqual([...fields].sort());
}
