import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { expectFields } from '../../support/api-answers.js';
import { bearer } from '../../support/http-client.js';
import { type Driver, type ListedKey, type Refusal, REFUSALS } from '../driver.js';

const UNAUTHENTICATED = 'Authentication required';

/** The messages that are part of the contract. Others may change. */
const WORDS: Partial<Record<Refusal, string>> = {
  authentication_required: UNAUTHENTICATED,
  invalid_token: UNAUTHENTICATED,
  invalid_api_key: UNAUTHENTICATED,
  invalid_credentials: 'Invalid credentials',
  invalid_refresh_token: 'Invalid or expired refresh token',
  api_key_not_found: 'API key not found',
  reauthentication_required: 'Log in again',
};

/** `/api/v1`: by username, bare bodies. */
export const apiV1: Driver = {
  contract: '/api/v1',
  unknownPath: '/api/v1/no/such/path',
  ofTheInactive: { login: 'invalid_credentials', token: 'invalid_token' },
  takesCode: true,

  sendLogin: (http, _, call) => http.post('/api/v1/auth/login', call),
  loginBody: ({ username }, password) => ({ username, password }),
  strangerBody: (password) => ({ username: `nobody.${randomBytes(6).toString('hex')}`, password }),
  readLogin(answer, { id, username, email }) {
    expect(answer.status, answer.text).toBe(200);
    expectFields(answer.body, ['token', 'expires_in', 'refreshToken', 'user']);
    expect(answer.body['user']).toEqual({ id, username, email });
    const { token, refreshToken, expires_in } = answer.body;
    return { token, refreshToken, expiresInSeconds: Number(expires_in) };
  },

  callGuarded: (http, _, token) => http.get('/api/v1/auth/keys', { headers: token === undefined ? {} : bearer(token) }),

  callUnlimited: (http, _, token) => http.get('/api/v1/auth/keys', { headers: bearer(token) }),

  refresh: {
    send: (http, refreshToken) => http.post('/api/v1/auth/refresh', { json: { refreshToken } }),
    read(answer) {
      expect(answer.status, answer.text).toBe(200);
      expectFields(answer.body, ['token', 'expires_in']);
      return { token: answer.body['token'], expiresInSeconds: Number(answer.body['expires_in']) };
    },
  },
  logout: {
    send: (http, token) => http.post('/api/v1/auth/logout', { headers: bearer(token) }),
    check(answer) {
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toEqual({ message: 'Successfully logged out' });
    },
  },
  keys: {
    make: (http, token, name) => http.post('/api/v1/auth/keys', { headers: bearer(token), json: { name } }),
    list: (http, token) => http.get('/api/v1/auth/keys', { headers: bearer(token) }),
    delete: (http, token, keyId) => http.delete(`/api/v1/auth/keys/${keyId}`, { headers: bearer(token) }),
    readMade(answer) {
      expect(answer.status, answer.text).toBe(201);
      expectFields(answer.body, ['keyId', 'apiKey', 'name', 'createdAt']);
      return { keyId: answer.body['keyId'], apiKey: answer.body['apiKey'], name: answer.body['name'] };
    },
    readList(answer) {
      expect(answer.status, answer.text).toBe(200);
      for (const key of answer.body) expectFields(key, ['keyId', 'name', 'createdAt', 'lastUsed']);
      return answer.body as unknown as ListedKey[];
    },
  },

  expectRefusal(answer, refusal) {
    expect(answer.status, answer.text).toBe(REFUSALS[refusal]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({ error: WORDS[refusal] ?? expect.stringMatching(/./) });
  },
};
