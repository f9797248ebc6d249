import type { Examples } from '../../http/docs/examples.js';

/** Written by `npm run docs:examples` from executed calls. Do not edit. */
export const V1_EXAMPLES: Examples = {
  v1Register: {
    request: { email: 'john@example.com', password: 'SecurePass123!', firstName: 'John', lastName: 'Doe' },
    success: {
      success: true,
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          firstName: 'John',
          lastName: 'Doe',
          role: 'user',
          createdAt: '2026-01-31T12:00:00.000Z',
        },
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
      },
    },
    errors: {
      EMAIL_ALREADY_EXISTS: {
        success: false,
        error: {
          code: 'EMAIL_ALREADY_EXISTS',
          message: 'This e-mail address is already registered',
          details: [{ field: 'email', code: 'taken', message: 'This e-mail address is already registered' }],
        },
      },
    },
    invalid: {
      success: false,
      error: {
        code: 'VALIDATION_ERROR',
        message:
          'password must be 8 to 128 characters, with at least one uppercase letter, one lowercase letter, one number and one special character',
        details: [
          {
            field: 'password',
            code: 'too_short',
            message:
              'password must be 8 to 128 characters, with at least one uppercase letter, one lowercase letter, one number and one special character',
            min: 8,
          },
        ],
      },
    },
  },
  v1LogIn: {
    request: { email: 'john@example.com', password: 'SecurePass123!' },
    success: {
      success: true,
      data: {
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
        refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
        expiresIn: 3600,
        user: { id: '01935c70-2b1c-7e45-8a9d-000000000001', email: 'john@example.com', role: 'user' },
      },
    },
    errors: {
      INVALID_CREDENTIALS: { success: false, error: { code: 'INVALID_CREDENTIALS', message: 'Invalid credentials' } },
    },
    invalid: {
      success: false,
      error: {
        code: 'VALIDATION_ERROR',
        message: 'password must be a string of at most 1024 characters',
        details: [
          { field: 'password', code: 'required', message: 'password must be a string of at most 1024 characters' },
        ],
      },
    },
  },
  v1Refresh: {
    request: { refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw' },
    success: {
      success: true,
      data: {
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
        expiresIn: 3600,
      },
    },
    errors: {
      INVALID_REFRESH_TOKEN: {
        success: false,
        error: { code: 'INVALID_REFRESH_TOKEN', message: 'Invalid or expired refresh token' },
      },
    },
    invalid: {
      success: false,
      error: {
        code: 'VALIDATION_ERROR',
        message: 'refreshToken must be a string',
        details: [{ field: 'refreshToken', code: 'required', message: 'refreshToken must be a string' }],
      },
    },
  },
  v1LogOut: {
    success: { success: true, message: 'Successfully logged out' },
    errors: {
      AUTHENTICATION_REQUIRED: {
        success: false,
        error: { code: 'AUTHENTICATION_REQUIRED', message: 'Authentication required' },
      },
      INVALID_TOKEN: {
        success: false,
        error: { code: 'INVALID_TOKEN', message: 'The access token is invalid, expired or revoked' },
      },
    },
  },
  v1ShowProfile: {
    success: {
      success: true,
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          firstName: 'John',
          lastName: 'Doe',
          role: 'user',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
      },
    },
    errors: {
      INSUFFICIENT_SCOPE: {
        success: false,
        error: { code: 'INSUFFICIENT_SCOPE', message: 'The API key does not have the scope profile:read' },
      },
    },
  },
};
