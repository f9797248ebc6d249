import { STATUS_CODES } from 'node:http';
import { expect } from 'vitest';
import { expectFields } from '../../support/api-answers.js';
import { apiKey } from '../../support/http-client.js';
import { freshEmail } from '../../support/people.js';
import { type Driver, type Refusal, REFUSALS } from '../driver.js';

const CODES: Record<Refusal, string> = {
  invalid_request: '00001',
  malformed_json: '00002',
  unsupported_media_type: '00004',
  route_not_found: '00009',
  authentication_required: '00016',
  invalid_token: '00017',
  invalid_api_key: '00018',
  invalid_credentials: '00019',
  invalid_refresh_token: '00020',
  second_factor_required: '00021',
  email_not_verified: '00035',
  second_factor_setup_required: '00038',
  reauthentication_required: '00036',
  sign_up_closed: '00037',
  api_key_not_found: '00043',
  rate_limited: '00060',
  service_unavailable: '00062',
};

/** `/`: by e-mail or username with an API key, bare bodies; no refresh, no logout, no creation of keys. */
export const feed: Driver = {
  contract: '/ (feed)',
  unknownPath: '/artists/no/such/path',
  // The key is suspended or deleted, and is checked first.
  ofTheInactive: { login: 'invalid_api_key', token: 'invalid_api_key' },

  sendLogin: (http, customer, call) =>
    http.post('/auth', { ...call, headers: { ...apiKey(customer.apiKey), ...call.headers } }),
  loginBody: ({ email: username }, password) => ({ username, password }),
  strangerBody: (password) => ({ username: freshEmail(), password }),
  readLogin(answer) {
    expect(answer.status, answer.text).toBe(200);
    expectFields(answer.body, ['access_token', 'expires_in']);
    return { token: answer.body['access_token'], expiresInSeconds: Number(answer.body['expires_in']) };
  },

  callGuarded: (http, customer, token) =>
    http.get('/artists', {
      headers: { ...apiKey(customer.apiKey), ...(token !== undefined && { authorization: token }) },
    }),

  callUnlimited: (http, customer, token) =>
    http.get('/artists', { headers: { ...apiKey(customer.apiKey), authorization: token } }),

  expectRefusal(answer, refusal) {
    const status = REFUSALS[refusal];
    const [error_code, phrase] = [CODES[refusal], STATUS_CODES[status]];
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.body).toEqual({ error: { errors: expect.any(Array), code: status, message: phrase } });
    expect(answer.body['error'].errors.length).toBeGreaterThan(0);
    for (const fault of answer.body['error'].errors) {
      expect(fault).toEqual({ error_code, error_type: phrase, message: expect.stringMatching(/./) });
    }
  },
};
