/*
 * Values that examples of several fields have in common.
 */

export const USER_ID = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';
export const ARTIST_ID = '01935c70-2b1c-7e45-8a9d-0f1e2d3c4b5a';
export const SONG_ID = '01935c72-4d5e-7f60-9b8a-7c6d5e4f3a2b';
export const SESSION_ID = '01935c74-6f7a-7b81-a2c3-d4e5f6a7b8c9';
export const PASSKEY_ID = '01935c76-1b2c-7d3e-8f4a-5b6c7d8e9f0a';
/** That of a passkey in WebAuthn. */
export const CREDENTIAL_ID = 'kq0F51nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw0';
/** Shortened, so that scanners take it for no secret. */
export const API_KEY = 'sk_live_…';
export const KEY_ID = 'key_4fT9xQ2mLr7bVc8sNd1a';

export const ACCESS_TOKEN = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl';
export const REFRESH_TOKEN = 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw';
