import type { Examples } from '../../http/docs/examples.js';

/** Written by `npm run docs:examples` from executed calls. Do not edit. */
export const API_EXAMPLES: Examples = {
  signUp: {
    request: { email: 'john@example.com', name: 'John Doe', password: 'SecurePass123!' },
    success: {
      message: 'You have logged in successfully!',
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'John Doe',
          firstName: 'John',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: false,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
        refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
        expiresIn: 3600,
      },
    },
    errors: {
      email_taken: {
        statusCode: 409,
        message: 'This e-mail address is already registered',
        error: 'Conflict',
        code: 'email_taken',
        errors: [{ field: 'email', code: 'taken', message: 'This e-mail address is already registered' }],
      },
    },
    invalid: {
      statusCode: 400,
      message: ['email must be an e-mail address', 'password must be 8 to 128 characters, without control characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        { field: 'email', code: 'format', message: 'Enter an e-mail address, such as john@example.com' },
        {
          field: 'password',
          code: 'too_short',
          message: 'Choose a password of 8 to 128 characters, without control characters',
          min: 8,
        },
      ],
    },
  },
  register: {
    request: { email: 'john@example.com', password: 'SecurePass123!', firstName: 'John', lastName: 'Doe' },
    success: {
      message: 'You have logged in successfully!',
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'John Doe',
          firstName: 'John',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: false,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
        refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
        expiresIn: 3600,
      },
    },
    errors: {
      email_taken: {
        statusCode: 409,
        message: 'This e-mail address is already registered',
        error: 'Conflict',
        code: 'email_taken',
        errors: [{ field: 'email', code: 'taken', message: 'This e-mail address is already registered' }],
      },
    },
    invalid: {
      statusCode: 400,
      message: ['firstName must be 2 to 50 letters, spaces, periods, hyphens or apostrophes'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        {
          field: 'firstName',
          code: 'too_short',
          message: 'Enter a first name of 2 to 50 letters, spaces, periods, hyphens or apostrophes',
          min: 2,
        },
      ],
    },
  },
  logIn: {
    request: { email: 'john@example.com', password: 'SecurePass123!' },
    success: {
      message: 'You have logged in successfully!',
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'John Doe',
          firstName: 'John',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: false,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
        refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
        expiresIn: 3600,
      },
    },
    errors: {
      invalid_credentials: {
        statusCode: 401,
        message: 'Invalid credentials',
        error: 'Unauthorized',
        code: 'invalid_credentials',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['password must be a string of at most 1024 characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'password', code: 'required', message: 'Enter your password' }],
    },
  },
  refresh: {
    request: { refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw' },
    success: {
      message: 'Token refreshed',
      data: {
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
        expiresIn: 3600,
      },
    },
    errors: {
      invalid_refresh_token: {
        statusCode: 401,
        message: 'Invalid or expired refresh token',
        error: 'Unauthorized',
        code: 'invalid_refresh_token',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['refreshToken must be a string'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'refreshToken', code: 'required', message: 'refreshToken must be a string' }],
    },
  },
  logOut: {
    request: { refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw' },
    success: { message: 'You have logged out', data: null },
    errors: {
      authentication_required: {
        statusCode: 401,
        message: 'Authentication required',
        error: 'Unauthorized',
        code: 'authentication_required',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['refreshToken must be a string'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'refreshToken', code: 'type', message: 'refreshToken must be a string' }],
    },
  },
  forgotPassword: {
    request: { email: 'john@example.com' },
    success: { message: 'If the address has an account, a mail with a code is on its way', data: null },
    invalid: {
      statusCode: 400,
      message: ['email must be an e-mail address'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'email', code: 'format', message: 'Enter an e-mail address, such as john@example.com' }],
    },
  },
  resetPassword: {
    request: { code: 'K7QM-2XRT-9FHC', newPassword: 'quiet-Harbour-42' },
    success: { message: 'Password set; log in with it', data: null },
    invalid: {
      statusCode: 400,
      message: ['newPassword must be 8 to 128 characters, without control characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        {
          field: 'newPassword',
          code: 'too_short',
          message: 'Choose a password of 8 to 128 characters, without control characters',
          min: 8,
        },
      ],
    },
  },
  undoEmailChange: {
    request: { code: 'K7QM-2XRT-9FHC' },
    success: { message: 'The address is restored; a mail with a code for a new password is on its way', data: null },
    invalid: {
      statusCode: 400,
      message: ['code must be a string of 1 to 64 characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'code', code: 'required', message: 'Enter the code from the mail' }],
    },
    errors: {
      invalid_code: {
        statusCode: 400,
        message: 'The code is invalid, expired or already used; request a new one',
        error: 'Bad Request',
        code: 'invalid_code',
      },
    },
  },
  reauthenticate: {
    request: { password: 'SecurePass123!' },
    success: { message: 'Confirmed', data: { recentUntil: '2026-01-31T12:00:00.000Z' } },
    errors: {
      invalid_credentials: {
        statusCode: 401,
        message: 'The current password is wrong',
        error: 'Unauthorized',
        code: 'invalid_credentials',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['password is required, or credential instead of it'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'password', code: 'required', message: 'Enter your password' }],
    },
  },
  listSessions: {
    success: {
      message: 'Sessions',
      data: [
        {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
          network: '198.51.100.7',
          createdAt: '2026-01-31T12:00:00.000Z',
          lastUsed: null,
          expiresAt: '2026-01-31T12:00:00.000Z',
          current: true,
        },
      ],
    },
    errors: {
      authentication_required: {
        statusCode: 401,
        message: 'Authentication required',
        error: 'Unauthorized',
        code: 'authentication_required',
      },
    },
  },
  endOtherSessions: {},
  endSession: {
    errors: {
      session_not_found: {
        statusCode: 404,
        message: 'Session not found',
        error: 'Not Found',
        code: 'session_not_found',
      },
    },
  },
  endUserSessions: {
    errors: {
      invalid_token: {
        statusCode: 401,
        message: 'The access token is invalid, expired or revoked',
        error: 'Unauthorized',
        code: 'invalid_token',
      },
      user_not_found: { statusCode: 404, message: 'User not found', error: 'Not Found', code: 'user_not_found' },
    },
  },
  createKey: {
    request: { name: 'My Integration Key', scopes: ['artists:read'] },
    success: {
      message: 'API key created',
      data: {
        keyId: 'key_4fT9xQ2mLr7bVc8sNd1a',
        name: 'My Integration Key',
        scopes: ['artists:read'],
        expiresAt: null,
        allowedNetworks: null,
        lastFour: 'oTi7',
        previousValidUntil: null,
        createdAt: '2026-01-31T12:00:00.000Z',
        lastUsed: null,
        apiKey: 'sk_live_…',
      },
    },
    invalid: {
      statusCode: 400,
      message: [
        'scopes must be a list of scopes without duplicates: profile:read, artists:read, artists:write, users:read',
      ],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        {
          field: 'scopes',
          code: 'not_allowed',
          message: 'Choose at least one scope',
          allowed: ['profile:read', 'artists:read', 'artists:write', 'users:read'],
        },
      ],
    },
  },
  listKeys: {
    success: {
      message: 'API keys',
      data: [
        {
          keyId: 'key_4fT9xQ2mLr7bVc8sNd1a',
          name: 'My Integration Key',
          scopes: ['artists:read'],
          expiresAt: null,
          allowedNetworks: null,
          lastFour: 'oTi7',
          previousValidUntil: null,
          createdAt: '2026-01-31T12:00:00.000Z',
          lastUsed: null,
        },
      ],
    },
  },
  rotateKey: {
    request: { overlapSeconds: 3600 },
    success: {
      message: 'API key rotated',
      data: {
        keyId: 'key_4fT9xQ2mLr7bVc8sNd1a',
        name: 'My Integration Key',
        scopes: ['profile:read', 'artists:read', 'artists:write'],
        expiresAt: null,
        allowedNetworks: null,
        lastFour: 'oTi7',
        previousValidUntil: '2026-01-31T12:00:00.000Z',
        createdAt: '2026-01-31T12:00:00.000Z',
        lastUsed: null,
        apiKey: 'sk_live_…',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['overlapSeconds must be a whole number from 0 to 604800'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        { field: 'overlapSeconds', code: 'too_small', message: 'Enter a whole number from 0 to 604800', min: 0 },
      ],
    },
    errors: {
      api_key_not_found: {
        statusCode: 404,
        message: 'API key not found',
        error: 'Not Found',
        code: 'api_key_not_found',
      },
    },
  },
  revokeLeakedKey: {
    request: { apiKey: 'sk_live_…' },
    success: {
      message: 'API key revoked',
      data: { revoked: true, keyId: 'key_4fT9xQ2mLr7bVc8sNd1a', userId: '01935c70-2b1c-7e45-8a9d-000000000001' },
    },
    invalid: {
      statusCode: 400,
      message: ['apiKey must be 1 to 200 characters, at least one of them visible, without control characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'apiKey', code: 'required', message: 'Enter an api key of 1 to 200 characters' }],
    },
    errors: {
      forbidden: {
        statusCode: 403,
        message: 'Your role does not allow this operation',
        error: 'Forbidden',
        code: 'forbidden',
      },
    },
  },
  deleteKey: {
    errors: {
      api_key_not_found: {
        statusCode: 404,
        message: 'API key not found',
        error: 'Not Found',
        code: 'api_key_not_found',
      },
    },
  },
  listAuditEvents: {
    success: {
      message: 'Security events',
      data: [
        {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          event: 'account.created',
          actorId: null,
          userId: '01935c70-2b1c-7e45-8a9d-000000000002',
          sessionId: '01935c70-2b1c-7e45-8a9d-000000000003',
          keyId: null,
          ip: '198.51.100.7',
          requestId: '01935c70-2b1c-7e45-8a9d-000000000004',
          details: {},
          createdAt: '2026-01-31T12:00:00.000Z',
        },
      ],
      meta: { page: null, size: 1, totalCount: null, totalPages: null, nextCursor: null },
    },
    errors: {
      forbidden: {
        statusCode: 403,
        message: 'Your role does not allow this operation',
        error: 'Forbidden',
        code: 'forbidden',
      },
    },
  },
  showMe: {
    success: {
      message: 'Your profile',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        email: 'john@example.com',
        username: 'john.doe',
        name: 'John Doe',
        firstName: 'John',
        lastName: 'Doe',
        phone: null,
        locale: null,
        emailVerified: false,
        role: 'user',
        status: 'active',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    errors: {
      insufficient_scope: {
        statusCode: 403,
        message: 'The API key does not have the scope profile:read',
        error: 'Forbidden',
        code: 'insufficient_scope',
      },
      invalid_token: {
        statusCode: 401,
        message: 'The access token is invalid, expired or revoked',
        error: 'Unauthorized',
        code: 'invalid_token',
      },
    },
  },
  updateMe: {
    request: { name: 'Jane Doe', phone: '+12025550123', locale: 'pt-BR' },
    success: {
      message: 'Profile updated',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        email: 'john@example.com',
        username: 'john.doe',
        name: 'Jane Doe',
        firstName: 'Jane',
        lastName: 'Doe',
        phone: '+12025550123',
        locale: 'pt-BR',
        emailVerified: false,
        role: 'user',
        status: 'active',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['phone must be a phone number such as +12025550123: a plus sign and 7 to 15 digits'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        { field: 'phone', code: 'format', message: 'Enter a phone number with its country code, such as +12025550123' },
      ],
    },
    errors: {
      username_taken: {
        statusCode: 409,
        message: 'This username is already taken',
        error: 'Conflict',
        code: 'username_taken',
        errors: [{ field: 'username', code: 'taken', message: 'This username is already taken' }],
      },
    },
  },
  deleteMe: {
    errors: {
      last_super_admin: {
        statusCode: 409,
        message: 'The last active SUPER_ADMIN cannot be removed, demoted or suspended',
        error: 'Conflict',
        code: 'last_super_admin',
      },
    },
  },
  changePassword: {
    request: { currentPassword: 'SecurePass123!', newPassword: 'quiet-Harbour-42' },
    success: { message: 'Password changed', data: null },
    errors: {
      invalid_credentials: {
        statusCode: 401,
        message: 'The current password is wrong',
        error: 'Unauthorized',
        code: 'invalid_credentials',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['newPassword must be 8 to 128 characters, without control characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        {
          field: 'newPassword',
          code: 'too_short',
          message: 'Choose a password of 8 to 128 characters, without control characters',
          min: 8,
        },
      ],
    },
  },
  changeEmail: {
    request: { email: 'john@example.com' },
    success: { message: 'A mail with a code is on its way to the new address', data: null },
    invalid: {
      statusCode: 400,
      message: ['email must be an e-mail address'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'email', code: 'format', message: 'Enter an e-mail address, such as john@example.com' }],
    },
  },
  verifyEmail: {
    request: { code: 'K7QM-2XRT-9FHC' },
    success: {
      message: 'E-mail address verified',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        email: 'john@example.com',
        username: 'john.doe',
        name: 'John Doe',
        firstName: 'John',
        lastName: 'Doe',
        phone: null,
        locale: null,
        emailVerified: true,
        role: 'user',
        status: 'active',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['code must be a string of 1 to 64 characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'code', code: 'required', message: 'Enter the code from the mail' }],
    },
  },
  resendCode: { success: { message: 'A mail with a code is on its way', data: null } },
  showSecurity: {
    success: {
      message: 'Your security',
      data: {
        emailVerified: false,
        pendingEmail: null,
        hasPassword: true,
        totp: false,
        recoveryCodesLeft: 0,
        passkeys: 0,
        apiKeys: 0,
        recentUntil: '2026-01-31T12:00:00.000Z',
      },
    },
  },
  beginTotp: {
    success: {
      message: 'Enter the secret into your app',
      data: {
        secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
        uri: 'otpauth://totp/Stagedoor:john%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Stagedoor',
      },
    },
  },
  verifyTotp: {
    request: { code: '492039' },
    success: {
      message: 'Authenticator app set up',
      data: { recoveryCodes: ['7K2QX-M9R4T', 'F8HCV-2N6WD'], apiKeys: 0 },
    },
    invalid: {
      statusCode: 400,
      message: ['code must be a string of 1 to 64 characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        { field: 'code', code: 'required', message: 'Enter the code of the authenticator app, or a recovery code' },
      ],
    },
  },
  removeTotp: {},
  replaceRecoveryCodes: {
    success: { message: 'New recovery codes', data: { recoveryCodes: ['7K2QX-M9R4T', 'F8HCV-2N6WD'] } },
  },
  listPasskeys: {
    success: {
      message: 'Passkeys',
      data: [
        {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          name: 'Passkey',
          synced: true,
          createdAt: '2026-01-31T12:00:00.000Z',
          lastUsed: null,
        },
      ],
    },
  },
  newPasskeyOptions: {
    success: {
      message: 'Passkey options',
      data: {
        rp: { id: 'app.example', name: 'Stagedoor' },
        user: { id: 'AZNcbo86fSGbTF5vfQwbDQ', name: 'john@example.com', displayName: 'John Doe' },
        challenge: 'pZc1nQ0x3hXk2uQ9l0yq5wGT1y1nOe8iYk3m7sV4bT2',
        pubKeyCredParams: [
          { type: 'public-key', alg: -7 },
          { type: 'public-key', alg: -8 },
          { type: 'public-key', alg: -257 },
        ],
        timeout: 300000,
        excludeCredentials: [],
        authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
        attestation: 'none',
        extensions: { credProps: true },
      },
    },
  },
  passkeyOptions: {
    success: {
      message: 'Passkey options',
      data: {
        challenge: 'pZc1nQ0x3hXk2uQ9l0yq5wGT1y1nOe8iYk3m7sV4bT2',
        rpId: 'app.example',
        timeout: 300000,
        userVerification: 'required',
      },
    },
  },
  addPasskey: {
    request: {
      credential: {
        id: 'kq0F51nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw0',
        rawId: 'kq0F51nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw0',
        type: 'public-key',
        authenticatorAttachment: 'platform',
        clientExtensionResults: { credProps: { rk: true } },
        response: {
          clientDataJSON:
            'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoicFpjMW5RMHgzaFhrMnVROWwweXE1d0dUMXkxbk9lOGlZazNtN3NWNGJUMiIsIm9yaWdpbiI6Imh0dHBzOi8vYXBwLmV4YW1wbGUiLCJjcm9zc09yaWdpbiI6ZmFsc2V9',
          attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA',
          transports: ['internal', 'hybrid'],
        },
      },
      name: 'MacBook',
    },
    success: {
      message: 'Passkey added',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        name: 'MacBook',
        synced: true,
        createdAt: '2026-01-31T12:00:00.000Z',
        lastUsed: null,
      },
    },
    invalid: {
      statusCode: 400,
      message: ['credential must be a new passkey, created with options that are at most 5 minutes old'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'credential', code: 'format', message: 'Add the passkey again' }],
    },
  },
  logInByPasskey: {
    request: {
      credential: {
        id: 'kq0F51nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw0',
        rawId: 'kq0F51nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw0',
        type: 'public-key',
        authenticatorAttachment: 'platform',
        clientExtensionResults: {},
        response: {
          clientDataJSON:
            'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoicFpjMW5RMHgzaFhrMnVROWwweXE1d0dUMXkxbk9lOGlZazNtN3NWNGJUMiIsIm9yaWdpbiI6Imh0dHBzOi8vYXBwLmV4YW1wbGUiLCJjcm9zc09yaWdpbiI6ZmFsc2V9',
          authenticatorData: 'VtmCAS3hjt8Iz1fY2UtegalxmdPrFPI7fCt1xcdfVG0dAAAAAA',
          signature: 'MEUCIQDx5kN0yq2hXf7vB1mT8sWc3eLr6pZ4uJ9oQaGdHiKtVgIgK3b7n1fXw5yR8sT2uV6zA9cE4gH0jL3mP7qS1vY5xBd',
          userHandle: 'AZNcbo86fSGbTF5vfQwbDQ',
        },
      },
    },
    success: {
      message: 'You have logged in successfully!',
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'John Doe',
          firstName: 'John',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: true,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
        token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
        refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
        expiresIn: 3600,
      },
    },
    errors: {
      invalid_credentials: {
        statusCode: 401,
        message: 'Invalid credentials',
        error: 'Unauthorized',
        code: 'invalid_credentials',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['credential must be the JSON form of what navigator.credentials.get() returned'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        {
          field: 'credential',
          code: 'required',
          message: 'credential must be the JSON form of what navigator.credentials.get() returned',
        },
      ],
    },
  },
  renamePasskey: {
    request: { name: 'MacBook' },
    success: {
      message: 'Passkey renamed',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        name: 'MacBook',
        synced: true,
        createdAt: '2026-01-31T12:00:00.000Z',
        lastUsed: null,
      },
    },
    invalid: {
      statusCode: 400,
      message: ['name must be 1 to 64 characters, at least one of them visible, without control characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'name', code: 'required', message: 'Enter a name of 1 to 64 characters' }],
    },
    errors: {
      passkey_not_found: {
        statusCode: 404,
        message: 'Passkey not found',
        error: 'Not Found',
        code: 'passkey_not_found',
      },
    },
  },
  removePasskey: {
    errors: {
      passkey_not_found: {
        statusCode: 404,
        message: 'Passkey not found',
        error: 'Not Found',
        code: 'passkey_not_found',
      },
    },
  },
  listUsers: {
    success: {
      message: 'Users',
      data: [
        {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'John Doe',
          firstName: 'John',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: false,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
          secondFactor: 'none',
        },
      ],
      meta: { page: 0, size: 10, totalCount: 1, totalPages: 1, nextCursor: null },
    },
    errors: {
      forbidden: {
        statusCode: 403,
        message: 'Your role does not allow this operation',
        error: 'Forbidden',
        code: 'forbidden',
      },
    },
  },
  inviteUser: {
    request: { email: 'john@example.com', name: 'Jane Doe' },
    success: {
      message: 'User invited',
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'Jane Doe',
          firstName: 'Jane',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: false,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
      },
    },
    errors: {
      email_taken: {
        statusCode: 409,
        message: 'This e-mail address is already registered',
        error: 'Conflict',
        code: 'email_taken',
        errors: [{ field: 'email', code: 'taken', message: 'This e-mail address is already registered' }],
      },
    },
    invalid: {
      statusCode: 400,
      message: ['email must be an e-mail address'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'email', code: 'format', message: 'Enter an e-mail address, such as john@example.com' }],
    },
  },
  showUser: {
    success: {
      message: 'User',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        email: 'john@example.com',
        username: 'john.doe',
        name: 'John Doe',
        firstName: 'John',
        lastName: 'Doe',
        phone: null,
        locale: null,
        emailVerified: false,
        role: 'user',
        status: 'active',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
        secondFactor: 'none',
      },
    },
    errors: {
      user_not_found: { statusCode: 404, message: 'User not found', error: 'Not Found', code: 'user_not_found' },
    },
  },
  updateUser: {
    request: { status: 'suspended' },
    success: {
      message: 'User updated',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        email: 'john@example.com',
        username: 'john.doe',
        name: 'John Doe',
        firstName: 'John',
        lastName: 'Doe',
        phone: null,
        locale: null,
        emailVerified: false,
        role: 'user',
        status: 'suspended',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['status must be one of active, inactive, suspended'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        {
          field: 'status',
          code: 'not_allowed',
          message: 'Choose one of active, inactive, suspended',
          allowed: ['active', 'inactive', 'suspended'],
        },
      ],
    },
    errors: {
      user_not_found: { statusCode: 404, message: 'User not found', error: 'Not Found', code: 'user_not_found' },
    },
  },
  importUsers: {
    request:
      '{"email":"john@example.com","name":"John Doe","emailVerified":true,"passwordHash":"$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"}\n',
    success:
      '{"line":1,"result":"created","id":"01935c70-2b1c-7e45-8a9d-000000000001"}\n{"done":true,"created":1,"exists":0,"refused":0}\n',
    invalid: {
      statusCode: 400,
      message: ['dryRun is not a known query parameter'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'dryRun', code: 'unknown_parameter', message: 'dryRun is not a known query parameter' }],
    },
    errors: {
      forbidden: {
        statusCode: 403,
        message: 'Your role does not allow this operation',
        error: 'Forbidden',
        code: 'forbidden',
      },
    },
  },
  exportMe: {
    success: {
      message: 'Account',
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'John Doe',
          firstName: 'John',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: false,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
          emailVerifiedAt: null,
          pendingEmail: null,
          pendingEmailAt: null,
          verificationSentAt: null,
        },
        sessions: [
          {
            id: '01935c70-2b1c-7e45-8a9d-000000000002',
            device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
            network: '198.51.100.7',
            createdAt: '2026-01-31T12:00:00.000Z',
            lastUsed: null,
            expiresAt: '2026-01-31T12:00:00.000Z',
            current: true,
            authenticatedAt: '2026-01-31T12:00:00.000Z',
          },
        ],
        knownNetworks: [{ network: '127.0.0.0', lastLoginAt: '2026-01-31T12:00:00.000Z' }],
        factors: { totp: null, recoveryCodes: [] },
        apiKeys: [],
        passkeys: [],
        artists: [
          {
            id: '01935c70-2b1c-7e45-8a9d-000000000003',
            name: 'The Midnight Collective',
            sortName: null,
            aliases: [],
            disambiguation: null,
            identifiers: [],
            status: 'active',
            userId: '01935c70-2b1c-7e45-8a9d-000000000001',
            createdAt: '2026-01-31T12:00:00.000Z',
            updatedAt: '2026-01-31T12:00:00.000Z',
          },
        ],
        mergedArtists: [],
        songs: [],
        emailCodes: [],
        mails: [],
        auditEvents: [
          {
            id: '01935c70-2b1c-7e45-8a9d-000000000004',
            event: 'account.exported',
            actorId: '01935c70-2b1c-7e45-8a9d-000000000001',
            userId: '01935c70-2b1c-7e45-8a9d-000000000001',
            sessionId: null,
            keyId: null,
            ip: '198.51.100.7',
            requestId: '01935c70-2b1c-7e45-8a9d-000000000005',
            details: {},
            createdAt: '2026-01-31T12:00:00.000Z',
          },
          {
            id: '01935c70-2b1c-7e45-8a9d-000000000006',
            event: 'account.created',
            actorId: null,
            userId: '01935c70-2b1c-7e45-8a9d-000000000001',
            sessionId: '01935c70-2b1c-7e45-8a9d-000000000002',
            keyId: null,
            ip: '198.51.100.7',
            requestId: '01935c70-2b1c-7e45-8a9d-000000000007',
            details: {},
            createdAt: '2026-01-31T12:00:00.000Z',
          },
        ],
      },
    },
    errors: {
      authentication_required: {
        statusCode: 401,
        message: 'Authentication required',
        error: 'Unauthorized',
        code: 'authentication_required',
      },
    },
  },
  exportUser: {
    success: {
      message: 'Account',
      data: {
        user: {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          email: 'john@example.com',
          username: 'john.doe',
          name: 'John Doe',
          firstName: 'John',
          lastName: 'Doe',
          phone: null,
          locale: null,
          emailVerified: false,
          role: 'user',
          status: 'active',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
          emailVerifiedAt: null,
          pendingEmail: null,
          pendingEmailAt: null,
          verificationSentAt: null,
        },
        sessions: [
          {
            id: '01935c70-2b1c-7e45-8a9d-000000000002',
            device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
            network: '198.51.100.7',
            createdAt: '2026-01-31T12:00:00.000Z',
            lastUsed: null,
            expiresAt: '2026-01-31T12:00:00.000Z',
            current: false,
            authenticatedAt: '2026-01-31T12:00:00.000Z',
          },
        ],
        knownNetworks: [{ network: '127.0.0.0', lastLoginAt: '2026-01-31T12:00:00.000Z' }],
        factors: { totp: null, recoveryCodes: [] },
        apiKeys: [],
        passkeys: [],
        artists: [],
        mergedArtists: [],
        songs: [],
        emailCodes: [],
        mails: [],
        auditEvents: [
          {
            id: '01935c70-2b1c-7e45-8a9d-000000000003',
            event: 'account.exported',
            actorId: '01935c70-2b1c-7e45-8a9d-000000000004',
            userId: '01935c70-2b1c-7e45-8a9d-000000000001',
            sessionId: null,
            keyId: null,
            ip: '198.51.100.7',
            requestId: '01935c70-2b1c-7e45-8a9d-000000000005',
            details: {},
            createdAt: '2026-01-31T12:00:00.000Z',
          },
          {
            id: '01935c70-2b1c-7e45-8a9d-000000000006',
            event: 'account.created',
            actorId: null,
            userId: '01935c70-2b1c-7e45-8a9d-000000000001',
            sessionId: '01935c70-2b1c-7e45-8a9d-000000000002',
            keyId: null,
            ip: '198.51.100.7',
            requestId: '01935c70-2b1c-7e45-8a9d-000000000007',
            details: {},
            createdAt: '2026-01-31T12:00:00.000Z',
          },
        ],
      },
    },
    errors: {
      forbidden: {
        statusCode: 403,
        message: 'Your role does not allow this operation',
        error: 'Forbidden',
        code: 'forbidden',
      },
      user_not_found: { statusCode: 404, message: 'User not found', error: 'Not Found', code: 'user_not_found' },
    },
  },
  createResetCode: {
    success: { message: 'Reset code created', data: { code: 'K7QM-2XRT-9FHC', expiresAt: '2026-01-31T12:00:00.000Z' } },
    errors: {
      user_not_found: { statusCode: 404, message: 'User not found', error: 'Not Found', code: 'user_not_found' },
    },
  },
  deleteUser: {
    errors: {
      user_not_found: { statusCode: 404, message: 'User not found', error: 'Not Found', code: 'user_not_found' },
    },
  },
  removeSecondFactors: {
    errors: {
      user_not_found: { statusCode: 404, message: 'User not found', error: 'Not Found', code: 'user_not_found' },
    },
  },
  createArtist: {
    request: {
      name: 'The Midnight Collective',
      sortName: 'Midnight Collective, The',
      aliases: ['TMC'],
      identifiers: [{ type: 'isni', value: '0000000078387189' }],
    },
    success: {
      message: 'Artist created successfully',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        name: 'The Midnight Collective',
        sortName: 'Midnight Collective, The',
        aliases: ['TMC'],
        disambiguation: null,
        identifiers: [{ type: 'isni', value: '0000000078387189' }],
        status: 'active',
        userId: '01935c70-2b1c-7e45-8a9d-000000000002',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    errors: {
      identifier_taken: {
        statusCode: 409,
        message:
          'The isni 0000000078387189 already belongs to the artist “The Midnight Collective” (01935c70-2b1c-7e45-8a9d-000000000001)',
        error: 'Conflict',
        code: 'identifier_taken',
        errors: [
          {
            field: 'identifiers',
            code: 'taken',
            message:
              'The isni 0000000078387189 already belongs to the artist “The Midnight Collective” (01935c70-2b1c-7e45-8a9d-000000000001)',
          },
        ],
      },
    },
    invalid: {
      statusCode: 400,
      message: ['name must be 1 to 200 characters, at least one of them visible, without control characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'name', code: 'required', message: 'Enter a name of 1 to 200 characters' }],
    },
  },
  listArtists: {
    success: {
      message: 'Artists',
      data: [
        {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          name: 'The Midnight Collective',
          sortName: 'Midnight Collective, The',
          aliases: ['TMC'],
          disambiguation: null,
          identifiers: [{ type: 'isni', value: '0000000078387189' }],
          status: 'active',
          userId: '01935c70-2b1c-7e45-8a9d-000000000002',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
      ],
      meta: { page: 0, size: 10, totalCount: 1, totalPages: 1, nextCursor: null },
    },
    errors: {
      authentication_required: {
        statusCode: 401,
        message: 'Authentication required',
        error: 'Unauthorized',
        code: 'authentication_required',
      },
    },
  },
  showArtist: {
    success: {
      message: 'Artist',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        name: 'The Midnight Collective',
        sortName: 'Midnight Collective, The',
        aliases: ['TMC'],
        disambiguation: null,
        identifiers: [{ type: 'isni', value: '0000000078387189' }],
        status: 'active',
        userId: '01935c70-2b1c-7e45-8a9d-000000000002',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    errors: {
      artist_not_found: { statusCode: 404, message: 'Artist not found', error: 'Not Found', code: 'artist_not_found' },
    },
  },
  updateArtist: {
    request: { name: 'Midnight', disambiguation: 'synthwave duo from Lyon' },
    success: {
      message: 'Artist updated',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        name: 'Midnight',
        sortName: 'Midnight Collective, The',
        aliases: ['TMC'],
        disambiguation: 'synthwave duo from Lyon',
        identifiers: [{ type: 'isni', value: '0000000078387189' }],
        status: 'active',
        userId: '01935c70-2b1c-7e45-8a9d-000000000002',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['name must be 1 to 200 characters, at least one of them visible, without control characters'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'name', code: 'too_short', message: 'Enter a name of 1 to 200 characters', min: 1 }],
    },
    errors: {
      artist_not_found: { statusCode: 404, message: 'Artist not found', error: 'Not Found', code: 'artist_not_found' },
    },
  },
  deleteArtist: {
    errors: {
      artist_not_found: { statusCode: 404, message: 'Artist not found', error: 'Not Found', code: 'artist_not_found' },
      precondition_failed: {
        statusCode: 412,
        message: 'The resource has changed since you read it; read it again',
        error: 'Precondition Failed',
        code: 'precondition_failed',
      },
    },
  },
  mergeArtist: {
    request: { into: '01935c70-2b1c-7e45-8a9d-000000000001' },
    success: {
      message: 'Artist merged',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        name: 'The Midnight Collective',
        sortName: 'Midnight Collective, The',
        aliases: ['TMC', 'Midnight Duo'],
        disambiguation: null,
        identifiers: [{ type: 'isni', value: '0000000078387189' }],
        status: 'active',
        userId: '01935c70-2b1c-7e45-8a9d-000000000002',
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    errors: {
      artist_merged: {
        statusCode: 409,
        message: 'The artist was merged into another one; use the id of that artist',
        error: 'Conflict',
        code: 'artist_merged',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['into must be the id of an artist'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'into', code: 'format', message: 'into must be the id of an artist' }],
    },
  },
  createSong: {
    request: { title: 'City Lights', isrc: 'USRC12345678', releaseDate: '2024-02-29', durationMs: 215500 },
    success: {
      message: 'Song created successfully',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        artistId: '01935c70-2b1c-7e45-8a9d-000000000002',
        title: 'City Lights',
        displayArtist: null,
        isrc: 'USRC12345678',
        identifiers: [],
        releaseDate: '2024-02-29',
        durationMs: 215500,
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    errors: {
      artist_not_found: { statusCode: 404, message: 'Artist not found', error: 'Not Found', code: 'artist_not_found' },
      isrc_taken: {
        statusCode: 409,
        message: 'Another song of the same owner already has this ISRC',
        error: 'Conflict',
        code: 'isrc_taken',
        errors: [{ field: 'isrc', code: 'taken', message: 'Another song of the same owner already has this ISRC' }],
      },
    },
    invalid: {
      statusCode: 400,
      message: ['isrc must be an ISRC such as USRC12345678'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'isrc', code: 'format', message: 'Enter an ISRC, such as USRC12345678' }],
    },
  },
  listSongs: {
    success: {
      message: 'Songs',
      data: [
        {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          artistId: '01935c70-2b1c-7e45-8a9d-000000000002',
          title: 'City Lights',
          displayArtist: null,
          isrc: 'USRC12345678',
          identifiers: [],
          releaseDate: '2024-02-29',
          durationMs: 215500,
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
      ],
      meta: { page: 0, size: 10, totalCount: 1, totalPages: 1, nextCursor: null },
    },
    errors: {
      artist_not_found: { statusCode: 404, message: 'Artist not found', error: 'Not Found', code: 'artist_not_found' },
    },
  },
  listAllSongs: {
    success: {
      message: 'Songs',
      data: [
        {
          id: '01935c70-2b1c-7e45-8a9d-000000000001',
          artistId: '01935c70-2b1c-7e45-8a9d-000000000002',
          title: 'City Lights',
          displayArtist: null,
          isrc: 'USRC12345678',
          identifiers: [],
          releaseDate: '2024-02-29',
          durationMs: 215500,
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
      ],
      meta: { page: 0, size: 10, totalCount: 1, totalPages: 1, nextCursor: null },
    },
  },
  showSong: {
    success: {
      message: 'Song',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        artistId: '01935c70-2b1c-7e45-8a9d-000000000002',
        title: 'City Lights',
        displayArtist: null,
        isrc: 'USRC12345678',
        identifiers: [],
        releaseDate: '2024-02-29',
        durationMs: 215500,
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    errors: {
      song_not_found: { statusCode: 404, message: 'Song not found', error: 'Not Found', code: 'song_not_found' },
    },
  },
  updateSong: {
    request: { title: 'City Lights (Live)', releaseDate: '2024' },
    success: {
      message: 'Song updated',
      data: {
        id: '01935c70-2b1c-7e45-8a9d-000000000001',
        artistId: '01935c70-2b1c-7e45-8a9d-000000000002',
        title: 'City Lights (Live)',
        displayArtist: null,
        isrc: 'USRC12345678',
        identifiers: [],
        releaseDate: '2024',
        durationMs: 215500,
        createdAt: '2026-01-31T12:00:00.000Z',
        updatedAt: '2026-01-31T12:00:00.000Z',
      },
    },
    invalid: {
      statusCode: 400,
      message: ['releaseDate must be a year, a month or a day, such as 2024, 2024-02 or 2024-02-29'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [
        {
          field: 'releaseDate',
          code: 'format',
          message: 'Enter a year, a month or a day, such as 2024, 2024-02 or 2024-02-29',
        },
      ],
    },
    errors: {
      song_not_found: { statusCode: 404, message: 'Song not found', error: 'Not Found', code: 'song_not_found' },
    },
  },
  deleteSong: {
    errors: {
      song_not_found: { statusCode: 404, message: 'Song not found', error: 'Not Found', code: 'song_not_found' },
    },
  },
  importCatalogue: {
    request:
      '{"name":"The Midnight Collective","identifiers":[{"type":"isni","value":"0000000078387189"}],"songs":[{"title":"City Lights","isrc":"USRC12345678","releaseDate":"2024-02-29","durationMs":215500}]}\n',
    success:
      '{"line":1,"result":"created","id":"01935c70-2b1c-7e45-8a9d-000000000001","songs":{"created":1,"updated":0,"unchanged":0}}\n{"done":true,"created":1,"updated":0,"unchanged":0,"refused":0}\n',
    invalid: {
      statusCode: 400,
      message: ['dryRun is not a known query parameter'],
      error: 'Bad Request',
      code: 'invalid_request',
      errors: [{ field: 'dryRun', code: 'unknown_parameter', message: 'dryRun is not a known query parameter' }],
    },
    errors: {
      insufficient_scope: {
        statusCode: 403,
        message: 'The API key does not have the scope artists:write',
        error: 'Forbidden',
        code: 'insufficient_scope',
      },
    },
  },
  exportCatalogue: {
    success:
      '{"name":"The Midnight Collective","sortName":"Midnight Collective, The","aliases":["TMC"],"identifiers":[{"type":"isni","value":"0000000078387189"}],"songs":[{"title":"City Lights","isrc":"USRC12345678","releaseDate":"2024-02-29","durationMs":215500}]}\n',
    errors: {
      authentication_required: {
        statusCode: 401,
        message: 'Authentication required',
        error: 'Unauthorized',
        code: 'authentication_required',
      },
    },
  },
  showHealth: {
    success: { status: 'ok', checks: { database: { status: 'up' } }, version: '0.2.0', uptimeSeconds: 3600 },
  },
  showReadiness: { success: { status: 'ok', checks: { database: { status: 'up' } } } },
  showLiveness: { success: { status: 'ok' } },
  listSigningKeys: {
    success: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
          y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
          kid: 'Kr5Dq0mC8T1nWcXyZ2bVd7',
          alg: 'ES256',
          use: 'sig',
        },
      ],
    },
  },
};
