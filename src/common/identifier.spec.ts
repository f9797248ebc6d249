import { describe, expect, it } from 'vitest';
import { type IdentifiedKind, readIdentifier, readIsrc } from './identifier.js';

const ISNIS = ['0000000078387189', '0000000372908504', '0000000374669818', '0000000368468884'];
const IPIS = ['00130568296', '00342892154', '00296889971', '00564741924', '00435760844', '00262168177', '00151894163'];
const MBID = 'b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d';
const SPOTIFY = '3WrFJ7ztbogyGnTHbHJFl2';

const valueOf = (kind: IdentifiedKind, type: string, text: string): string | undefined => {
  const read = readIdentifier(kind, type, text);
  return 'value' in read ? read.value : undefined;
};
const grouped = (digits: string, separator: string): string => (digits.match(/.{1,4}/g) ?? []).join(separator);

/** Every id that differs in one digit, or in the order of two neighbors. */
function mistypingsOf(id: string): string[] {
  const wrong: string[] = [];
  for (let i = 0; i < id.length; i++) {
    for (const digit of '0123456789') wrong.push(id.slice(0, i) + digit + id.slice(i + 1));
    wrong.push(
      id.slice(0, i) +
        id
          .slice(i, i + 2)
          .split('')
          .reverse()
          .join('') +
        id.slice(i + 2),
    );
  }
  return wrong.filter((text) => text !== id);
}

describe('an ISNI', () => {
  it.each(ISNIS)('%s is kept as 16 characters in each spelling', (isni) => {
    for (const spelling of [
      isni,
      ` ${isni} `,
      ...[' ', '.', '-', '\u2010', '\u00a0'].map((separator) => grouped(isni, separator)),
      `https://isni.org/isni/${isni}`,
      `http://www.isni.org/isni/${isni}`,
      `https://isni.org/isni/${isni}/`,
      `https://isni.org/isni/${isni}?lang=de#top`,
    ]) {
      expect(valueOf('artist', 'isni', spelling), spelling).toBe(isni);
    }
  });

  it.each(['x', 'X'])('may end in %s', (x) => {
    expect(valueOf('artist', 'isni', `0000 0001 2150 090${x}`)).toBe('000000012150090X');
  });

  it.each(ISNIS)('%s with one digit wrong, or two in the other order, is refused', (isni) => {
    const mistyped = mistypingsOf(isni);
    expect(mistyped.length).toBeGreaterThan(100);
    for (const text of mistyped) {
      expect(readIdentifier('artist', 'isni', text), text).toEqual({ problem: 'wrong_check_digit' });
    }
  });

  it.each([
    '',
    '000000007838718',
    '00000000783871890',
    '000000007838718Y',
    'https://example.com/isni/0000000078387189',
  ])('is not “%s”', (text) => {
    expect(readIdentifier('artist', 'isni', text)).toEqual({ problem: 'malformed' });
  });
});

describe('an IPI name number', () => {
  it.each(IPIS)('%s is kept as 11 digits in each spelling', (ipi) => {
    const short = ipi.replace(/^0+/, '');
    for (const spelling of [ipi, short, `0${short}`, grouped(ipi, '.'), grouped(short, ' ')]) {
      expect(valueOf('artist', 'ipi', spelling), spelling).toBe(ipi);
    }
  });

  it.each(IPIS)('%s with one digit wrong, or two in the other order, is refused', (ipi) => {
    for (const text of mistypingsOf(ipi)) {
      expect(readIdentifier('artist', 'ipi', text), text).toEqual({ problem: 'wrong_check_digit' });
    }
  });

  it('is never zero, and has no check digits of 100', () => {
    const wrong = { problem: 'wrong_check_digit' };
    expect(readIdentifier('artist', 'ipi', '00000000000')).toEqual(wrong);
    expect(readIdentifier('artist', 'ipi', '0')).toEqual(wrong);
    // The checksum of these nine digits would be 100.
    for (let check = 0; check < 100; check++) {
      expect(readIdentifier('artist', 'ipi', `000005899${String(check).padStart(2, '0')}`)).toEqual(wrong);
    }
  });

  it.each(['', '123456789012', '12-34', 'I-000000229-7'])('is not “%s”', (text) => {
    expect(readIdentifier('artist', 'ipi', text)).toEqual({ problem: 'malformed' });
  });
});

describe('an ISRC', () => {
  it.each([
    'USRC17607839',
    'usrc17607839',
    'US-RC1-76-07839',
    'US RC1 76 07839',
    ' us\u2010rc1\u201076\u201307839 ',
    'ISRC US-RC1-76-07839',
    'isrc-usrc17607839',
  ])('“%s” is USRC17607839', (spelling) => {
    expect(readIsrc(spelling)).toEqual({ value: 'USRC17607839' });
  });

  it.each(['QZHN51900001', 'ISRC17607839', 'GBAYE0601498'])('%s has a prefix that is issued, or may be', (isrc) => {
    expect(readIsrc(isrc)).toEqual({ value: isrc });
    expect(readIsrc(`ISRC ${isrc}`)).toEqual({ value: isrc });
  });

  it.each(['', 'USRC1760783', 'USRC176078399', 'U1RC17607839', 'USRC1760783A', 'US.RC1.76.07839', 'ſSRC17607839'])(
    'is not “%s”',
    (text) => {
      expect(readIsrc(text)).toEqual({ problem: 'malformed' });
    },
  );
});

describe('the id of another service', () => {
  it.each<[IdentifiedKind, string, string, string]>([
    ['artist', 'musicbrainz', MBID.toUpperCase(), MBID],
    ['artist', 'musicbrainz', `https://musicbrainz.org/artist/${MBID}`, MBID],
    ['artist', 'musicbrainz', `https://musicbrainz.org/artist/${MBID}/recordings?page=2`, MBID],
    ['song', 'musicbrainz', `https://musicbrainz.org/recording/${MBID}`, MBID],
    ['artist', 'spotify', SPOTIFY, SPOTIFY],
    ['artist', 'spotify', `spotify:artist:${SPOTIFY}`, SPOTIFY],
    ['artist', 'spotify', `https://open.spotify.com/artist/${SPOTIFY}?si=abc`, SPOTIFY],
    ['artist', 'spotify', `https://open.spotify.com/intl-de/artist/${SPOTIFY}`, SPOTIFY],
    ['song', 'spotify', `spotify:track:${SPOTIFY}`, SPOTIFY],
    ['song', 'spotify', `https://open.spotify.com/track/${SPOTIFY}`, SPOTIFY],
    ['artist', 'stagedoor', MBID.toUpperCase(), MBID],
    ['song', 'x-label-code', 'LC-00193/ä', 'LC-00193/ä'],
    ['artist', 'x-9', '🎵', '🎵'],
  ])('of a kind (%s) and type (%s) “%s” is kept as “%s”', (kind, type, spelling, value) => {
    expect(readIdentifier(kind, type, spelling)).toEqual({ value });
  });

  it.each<[IdentifiedKind, string, string]>([
    ['song', 'isni', '0000000078387189'],
    ['song', 'ipi', '00130568296'],
    ['artist', 'isrc', 'USRC17607839'],
    ['artist', 'wikidata', 'Q36153'],
    ['artist', '__proto__', 'x'],
    ['artist', 'X-a', 'x'],
    ['artist', 'x-', 'x'],
    ['artist', `x-${'a'.repeat(31)}`, 'x'],
    ['artist', 'x-a', ''],
    ['artist', 'x-a', 'a b'],
    ['artist', 'x-a', 'a,b'],
    ['artist', 'x-a', 'a\u200bb'],
    ['artist', 'x-a', 'x'.repeat(101)],
    ['artist', 'musicbrainz', `https://musicbrainz.org/recording/${MBID}`],
    ['song', 'musicbrainz', `https://musicbrainz.org/artist/${MBID}`],
    ['artist', 'musicbrainz', `https://example.org/artist/${MBID}`],
    ['artist', 'musicbrainz', `{${MBID}}`],
    ['artist', 'spotify', `spotify:track:${SPOTIFY}`],
    ['song', 'spotify', `https://open.spotify.com/artist/${SPOTIFY}`],
    ['artist', 'spotify', SPOTIFY.slice(1)],
    ['artist', 'spotify', `${SPOTIFY.slice(1)}_`],
    ['artist', 'stagedoor', 'none'],
  ])('of a kind (%s) and type (%s) is never “%s”', (kind, type, text) => {
    expect(readIdentifier(kind, type, text)).toEqual({ problem: 'malformed' });
  });

  it('has at most 100 characters where the type is the user’s own, counted as code points', () => {
    expect(valueOf('artist', 'x-a', '🎵'.repeat(100))).toBe('🎵'.repeat(100));
  });
});
