import { expect } from 'vitest';
import { expectFields } from '../../support/api-answers.js';
import { bearer } from '../../support/http-client.js';
import { freshEmail, PASSWORD } from '../../support/people.js';
import { type Driver, type Refusal, REFUSALS } from '../driver.js';

const CODES: Record<Refusal, string> = {
  invalid_request: 'VALIDATION_ERROR',
  malformed_json: 'MALFORMED_JSON',
  authentication_required: 'AUTHENTICATION_REQUIRED',
  invalid_token: 'INVALID_TOKEN',
  invalid_api_key: 'INVALID_API_KEY',
  invalid_credentials: 'INVALID_CREDENTIALS',
  invalid_refresh_token: 'INVALID_REFRESH_TOKEN',
  second_factor_required: 'SECOND_FACTOR_REQUIRED',
  email_not_verified: 'EMAIL_NOT_VERIFIED',
  second_factor_setup_required: 'SECOND_FACTOR_SETUP_REQUIRED',
  reauthentication_required: 'REAUTHENTICATION_REQUIRED',
  sign_up_closed: 'SIGN_UP_CLOSED',
  route_not_found: 'NOT_FOUND',
  api_key_not_found: 'NOT_FOUND',
  unsupported_media_type: 'UNSUPPORTED_MEDIA_TYPE',
  rate_limited: 'RATE_LIMITED',
  service_unavailable: 'SERVICE_UNAVAILABLE',
};

/** `/v1`: by e-mail, `{success, data}`; no API keys. */
export const v1: Driver = {
  contract: '/v1',
  unknownPath: '/v1/no/such/path',
  ofTheInactive: { login: 'invalid_credentials', token: 'invalid_token' },
  takesCode: true,

  sendLogin: (http, _, call) => http.post('/v1/auth/login', call),
  loginBody: ({ email }, password) => ({ email, password }),
  strangerBody: (password) => ({ email: freshEmail(), password }),
  readLogin(answer, { id, email }) {
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({ success: true, data: expect.any(Object) });
    expectFields(answer.body.data, ['token', 'refreshToken', 'expiresIn', 'user']);
    expect(answer.body.data.user).toEqual({ id, email, role: 'user' });
    const { token, refreshToken, expiresIn } = answer.body.data;
    return { token, refreshToken, expiresInSeconds: Number(expiresIn) };
  },

  callGuarded: (http, _, token) => http.get('/v1/user/profile', { headers: token === undefined ? {} : bearer(token) }),

  signUp: (http) =>
    http.post('/v1/auth/register', {
      json: { email: freshEmail(), firstName: 'John', lastName: 'Doe', password: PASSWORD },
    }),

  refresh: {
    send: (http, refreshToken) => http.post('/v1/auth/refresh', { json: { refreshToken } }),
    read(answer) {
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toEqual({ success: true, data: expect.any(Object) });
      expectFields(answer.body.data, ['token', 'expiresIn']);
      return { token: answer.body.data.token, expiresInSeconds: Number(answer.body.data.expiresIn) };
    },
  },
  logout: {
    send: (http, token) => http.post('/v1/auth/logout', { headers: bearer(token) }),
    check(answer) {
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toEqual({ success: true, message: 'Successfully logged out' });
    },
  },

  expectRefusal(answer, refusal) {
    expect(answer.status, answer.text).toBe(REFUSALS[refusal]);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const details = refusal === 'invalid_request' ? { details: expect.any(Array) } : {};
    expect(answer.body).toEqual({
      success: false,
      error: { code: CODES[refusal], message: expect.stringMatching(/./), ...details },
    });
  },
};
