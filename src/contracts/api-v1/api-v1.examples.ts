import type { Examples } from '../../http/docs/examples.js';

/** Written by `npm run docs:examples` from executed calls. Do not edit. */
export const API_V1_EXAMPLES: Examples = {
  apiV1LogIn: {
    request: { username: 'john.doe', password: 'SecurePass123!' },
    success: {
      token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
      expires_in: 3600,
      refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
      user: { id: '01935c70-2b1c-7e45-8a9d-000000000001', username: 'john.doe', email: 'john@example.com' },
    },
    errors: { Invalid_credentials: { error: 'Invalid credentials' } },
    invalid: { error: 'password must be a string of at most 1024 characters' },
  },
  apiV1Refresh: {
    request: { refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw' },
    success: {
      token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
      expires_in: 3600,
    },
    errors: { Invalid_or_expired_refresh_token: { error: 'Invalid or expired refresh token' } },
    invalid: { error: 'refreshToken must be a string' },
  },
  apiV1LogOut: {
    success: { message: 'Successfully logged out' },
    errors: { Authentication_required: { error: 'Authentication required' } },
  },
  apiV1CreateKey: {
    request: { name: 'My Integration Key' },
    success: {
      keyId: 'key_4fT9xQ2mLr7bVc8sNd1a',
      apiKey: 'sk_live_…',
      name: 'My Integration Key',
      createdAt: '2026-01-31T12:00:00.000Z',
    },
    invalid: { error: 'name must be 1 to 100 characters, at least one of them visible, without control characters' },
  },
  apiV1ListKeys: {
    success: [
      {
        keyId: 'key_4fT9xQ2mLr7bVc8sNd1a',
        name: 'My Integration Key',
        createdAt: '2026-01-31T12:00:00.000Z',
        lastUsed: null,
      },
    ],
  },
  apiV1DeleteKey: { errors: { API_key_not_found: { error: 'API key not found' } } },
};
