import { InitialSchema1764000000000 } from './1764000000000-initial-schema.js';
import { ApiKeyNetworksAndRotation1764100000000 } from './1764100000000-api-key-networks-and-rotation.js';
import { Revocations1764200000000 } from './1764200000000-revocations.js';
import { SigningKeySchedule1764300000000 } from './1764300000000-signing-key-schedule.js';
import { SessionDetails1764400000000 } from './1764400000000-session-details.js';
import { SigningKeyNews1764500000000 } from './1764500000000-signing-key-news.js';
import { ArtistNameSearch1764600000000 } from './1764600000000-artist-name-search.js';
import { UserSearch1764700000000 } from './1764700000000-user-search.js';
import { ArtistSearchParts1764800000000 } from './1764800000000-artist-search-parts.js';
import { UserSearchParts1764900000000 } from './1764900000000-user-search-parts.js';

/** In the order in which they run. A release only adds to the end. */
export const MIGRATIONS = [
  InitialSchema1764000000000,
  ApiKeyNetworksAndRotation1764100000000,
  Revocations1764200000000,
  SigningKeySchedule1764300000000,
  SessionDetails1764400000000,
  SigningKeyNews1764500000000,
  ArtistNameSearch1764600000000,
  UserSearch1764700000000,
  ArtistSearchParts1764800000000,
  UserSearchParts1764900000000,
] as const;
