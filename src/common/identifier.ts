import { isUuid, trimSpace } from './text.js';

/*
 * Ids of artists and songs in other registers. Every place that reads one accepts the same spellings and keeps one form:
 * two spellings of an id are the same id.
 */

/** An id in the one form in which it is kept. */
export interface Identifier {
  readonly type: string;
  readonly value: string;
}

export type IdentifiedKind = 'artist' | 'song';

/** The types of each kind. `x-` followed by a name of the user's choice is a type of both. */
export const IDENTIFIER_TYPES: Readonly<Record<IdentifiedKind, readonly string[]>> = {
  artist: ['isni', 'ipi', 'musicbrainz', 'spotify', 'stagedoor'],
  song: ['musicbrainz', 'spotify', 'stagedoor'],
};

export const OWN_TYPE = /^x-[a-z0-9-]{1,30}$/;

/** The longest spelling that is read, such as the URL of a page. */
export const IDENTIFIER_LENGTH_MAX = 200;

/** An id that was read, or why it was not: `wrong_check_digit` is a typing error in an id of the right form. */
export type ReadIdentifier = { readonly value: string } | { readonly problem: 'malformed' | 'wrong_check_digit' };

const MALFORMED: ReadIdentifier = { problem: 'malformed' };
const WRONG_CHECK_DIGIT: ReadIdentifier = { problem: 'wrong_check_digit' };

type Reader = (text: string, kind: IdentifiedKind) => ReadIdentifier;

const READERS: Readonly<Record<string, Reader>> = {
  isni: readIsni,
  ipi: readIpi,
  musicbrainz: readMusicBrainz,
  spotify: readSpotify,
  stagedoor: readUuid,
};

export function isIdentifierType(kind: IdentifiedKind, type: string): boolean {
  return IDENTIFIER_TYPES[kind].includes(type) || OWN_TYPE.test(type);
}

/** Reads an id of one of the types of the kind. */
export function readIdentifier(kind: IdentifiedKind, type: string, text: string): ReadIdentifier {
  if (!isIdentifierType(kind, type) || text.length > IDENTIFIER_LENGTH_MAX) return MALFORMED;
  const reader = READERS[type] ?? readOwn;
  return reader(trimSpace(text), kind);
}

const SPACES_AND_HYPHENS = /[\p{Zs}\p{Pd}]/gu;
const ISRC = /^(?:ISRC)?([A-Z]{2}[A-Z0-9]{3}\d{7})$/i;

/**
 * An International Standard Recording Code (ISO 3901) as 12 characters. No list of prefixes: agencies are still given
 * new ones.
 */
export function readIsrc(text: string): ReadIdentifier {
  if (text.length > IDENTIFIER_LENGTH_MAX) return MALFORMED;
  return read(ISRC.exec(text.replace(SPACES_AND_HYPHENS, ''))?.[1]?.toUpperCase());
}

const ISNI_PAGE = /^https?:\/\/(?:www\.)?isni\.org\/isni\/([^/?#]+)(?:[/?#]|$)/i;
const ISNI = /^\d{15}[\dX]$/i;

/** An International Standard Name Identifier (ISO 27729), whose last character is checked by ISO 7064 MOD 11-2. */
function readIsni(text: string): ReadIdentifier {
  const [, id = text] = ISNI_PAGE.exec(text) ?? [];
  const digits = id.replace(SPACES_AND_HYPHENS, '').replaceAll('.', '').toUpperCase();
  if (!ISNI.test(digits)) return MALFORMED;
  let sum = 0;
  for (const digit of digits.slice(0, 15)) sum = ((sum + Number(digit)) * 2) % 11;
  const check = (12 - sum) % 11;
  return digits.endsWith(check === 10 ? 'X' : String(check)) ? { value: digits } : WRONG_CHECK_DIGIT;
}

const IPI = /^\d{1,11}$/;

/** The number of a name in the Interested Party Information system, 11 digits of which the last two are a checksum. */
function readIpi(text: string): ReadIdentifier {
  const given = text.replace(/[\p{Zs}.]/gu, '');
  if (!IPI.test(given)) return MALFORMED;
  const digits = given.padStart(11, '0');
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += Number(digits[i]) * (10 - i);
  const check = (101 - (sum % 101)) % 101;
  const isRight = check < 100 && sum > 0 && Number(digits.slice(9)) === check;
  return isRight ? { value: digits } : WRONG_CHECK_DIGIT;
}

const MUSICBRAINZ_PAGE = /^https?:\/\/(?:www\.|beta\.)?musicbrainz\.org\/(artist|recording)\/([^/?#]+)(?:[/?#]|$)/i;

function readMusicBrainz(text: string, kind: IdentifiedKind): ReadIdentifier {
  const [, page, id = text] = MUSICBRAINZ_PAGE.exec(text) ?? [];
  const expected = kind === 'artist' ? 'artist' : 'recording';
  return page === undefined || page.toLowerCase() === expected ? readUuid(id) : MALFORMED;
}

const SPOTIFY_URI = /^spotify:(artist|track):(.+)$/;
const SPOTIFY_PAGE = /^https?:\/\/open\.spotify\.com\/(?:intl-[a-z-]+\/)?(artist|track)\/([^/?#]+)(?:[/?#]|$)/;
const SPOTIFY_ID = /^[0-9A-Za-z]{22}$/;

function readSpotify(text: string, kind: IdentifiedKind): ReadIdentifier {
  const [, sort, id = text] = SPOTIFY_URI.exec(text) ?? SPOTIFY_PAGE.exec(text) ?? [];
  const isOfKind = sort === undefined || sort === (kind === 'artist' ? 'artist' : 'track');
  return read(isOfKind && SPOTIFY_ID.test(id) ? id : undefined);
}

function readUuid(text: string): ReadIdentifier {
  return read(isUuid(text) ? text.toLowerCase() : undefined);
}

/** A comma separates ids in a query. */
const OWN_VALUE = /^[^,\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{DI}\u2800]{1,100}$/u;

function readOwn(text: string): ReadIdentifier {
  return read(OWN_VALUE.test(text) ? text : undefined);
}

function read(value: string | undefined): ReadIdentifier {
  return value === undefined ? MALFORMED : { value };
}
