import type { Examples } from '../../http/docs/examples.js';

/** Written by `npm run docs:examples` from executed calls. Do not edit. */
export const FEED_EXAMPLES: Examples = {
  feedAuthenticate: {
    request: { username: 'john@example.com', password: 'SecurePass123!' },
    success: {
      access_token: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl',
      expires_in: 86400,
    },
    errors: {
      '00018': {
        error: {
          errors: [{ error_code: '00018', error_type: 'Unauthorized', message: 'API key invalid or not provided.' }],
          code: 401,
          message: 'Unauthorized',
        },
      },
      '00019': {
        error: {
          errors: [{ error_code: '00019', error_type: 'Unauthorized', message: 'Invalid credentials' }],
          code: 401,
          message: 'Unauthorized',
        },
      },
    },
    invalid: {
      error: {
        errors: [
          {
            error_code: '00001',
            error_type: 'Bad Request',
            message: 'password must be a string of at most 1024 characters',
          },
        ],
        code: 400,
        message: 'Bad Request',
      },
    },
  },
  feedListArtists: {
    success: {
      results: [{ id: '01935c70-2b1c-7e45-8a9d-000000000001', artist_name: 'The Midnight Collective' }],
      from: 0,
      size: 10,
      total_results: 1,
      next_cursor: null,
    },
  },
  feedShowArtist: {
    success: { id: '01935c70-2b1c-7e45-8a9d-000000000001', artist_name: 'The Midnight Collective' },
    errors: {
      '00041': {
        error: {
          errors: [{ error_code: '00041', error_type: 'Not Found', message: 'Artist not found' }],
          code: 404,
          message: 'Not Found',
        },
      },
    },
  },
  feedShowSong: {
    success: {
      id: '01935c70-2b1c-7e45-8a9d-000000000001',
      isrc: 'USRC12345678',
      title: 'City Lights',
      display_artist_name: 'The Midnight Collective',
      artists: [{ id: '01935c70-2b1c-7e45-8a9d-000000000002', name: 'The Midnight Collective' }],
      release_date: '2024-02-29',
      duration: 215.5,
    },
    errors: {
      '00042': {
        error: {
          errors: [{ error_code: '00042', error_type: 'Not Found', message: 'Song not found' }],
          code: 404,
          message: 'Not Found',
        },
      },
    },
  },
};
