import { API_FIELDS, expectFields, expectRefusal, expectSuccess } from '../../support/api-answers.js';
import { bearer } from '../../support/http-client.js';
import { freshEmail, PASSWORD } from '../../support/people.js';
import { type Driver, type ListedKey, REFUSALS } from '../driver.js';

/** `/api`: by e-mail, `{message, data}`. */
export const api: Driver = {
  contract: '/api',
  unknownPath: '/api/no/such/path',
  ofTheInactive: { login: 'invalid_credentials', token: 'invalid_token' },
  takesCode: true,

  sendLogin: (http, _, call) => http.post('/api/auth/login', call),
  loginBody: ({ email }, password) => ({ email, password }),
  strangerBody: (password) => ({ email: freshEmail(), password }),
  readLogin(answer) {
    expectSuccess(answer, 200);
    expectFields(answer.body.data, API_FIELDS.login);
    const { token, refreshToken, expiresIn } = answer.body.data;
    return { token, refreshToken, expiresInSeconds: Number(expiresIn) };
  },

  callGuarded: (http, _, token) => http.get('/api/users/me', { headers: token === undefined ? {} : bearer(token) }),

  signUp: (http) =>
    http.post('/api/auth/signup', { json: { email: freshEmail(), name: 'John Doe', password: PASSWORD } }),
  callUnlimited: (http, _, token) => http.get('/api/artists', { headers: bearer(token) }),
  callRecent: (http, token) =>
    http.post('/api/users/me/email', { headers: bearer(token), json: { email: freshEmail() } }),

  refresh: {
    send: (http, refreshToken) => http.post('/api/auth/refresh', { json: { refreshToken } }),
    read(answer) {
      expectSuccess(answer, 200);
      expectFields(answer.body.data, API_FIELDS.refresh);
      return { token: answer.body.data.token, expiresInSeconds: Number(answer.body.data.expiresIn) };
    },
  },
  logout: {
    send: (http, token) => http.post('/api/auth/logout', { headers: bearer(token) }),
    check(answer) {
      expectSuccess(answer, 200);
    },
  },
  keys: {
    make: (http, token, name) => http.post('/api/auth/keys', { headers: bearer(token), json: { name } }),
    list: (http, token) => http.get('/api/auth/keys', { headers: bearer(token) }),
    delete: (http, token, keyId) => http.delete(`/api/auth/keys/${keyId}`, { headers: bearer(token) }),
    readMade(answer) {
      expectSuccess(answer, 201);
      expectFields(answer.body.data, ['apiKey', ...API_FIELDS.key]);
      const { keyId, apiKey, name } = answer.body.data;
      return { keyId, apiKey, name };
    },
    readList(answer) {
      expectSuccess(answer, 200);
      for (const key of answer.body.data) expectFields(key, API_FIELDS.key);
      return answer.body.data as unknown as ListedKey[];
    },
  },

  expectRefusal: (answer, refusal) => expectRefusal(answer, REFUSALS[refusal], refusal),
};
