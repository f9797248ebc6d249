import { describe, expect, it } from 'vitest';
import { fold, foldTogether, VALUE_SEPARATOR } from './fold.js';
import { hasVisibleCharacter } from './text.js';

const CASES: readonly [text: string, folded: string][] = [
  // case
  ['BEYONCÉ', 'beyonce'],
  ['STRASSE', 'strasse'],
  ['Straße', 'strasse'],
  ['STRAẞE', 'strasse'],
  ['Σίσυφος', 'σισυφοσ'],
  ['ΣΊΣΥΦΟΣ', 'σισυφοσ'],
  ['ЧАЙКОВСКИЙ', 'чаиковскии'],
  ['ÇIRAĞAN İstanbul', 'ciraganistanbul'],
  ['Kılıç', 'kilic'],
  ['Ꭰꮣ', 'ꭰꮣ'],
  ['ᲐᲑ', 'აბ'],
  ['ᲀᲁ', 'вд'],
  // accents
  ['Mötley Crüe', 'motleycrue'],
  ['Café', 'cafe'],
  ['Cafe\u0301', 'cafe'],
  ['Ёлка', 'елка'],
  ['ᾠδή', 'ωδη'],
  ['فَيروز', 'فيروز'],
  ['שָׁלוֹם', 'שלום'],
  ['Nguyễn', 'nguyen'],
  // marks that make another word
  ['がんばれ', 'がんばれ'],
  ['か\u3099んばれ', 'がんばれ'],
  ['ｶﾞﾝﾊﾞﾚ', 'ガンバレ'],
  ['हिन्दी', 'हिन्दी'],
  ['น้ำ', 'น\u0e49\u0e4dา'],
  ['방탄소년단', '방탄소년단'],
  ['방탄소년단'.normalize('NFD'), '방탄소년단'],
  // letters of their own
  ['Øystein Đorđe Ðað', 'oysteindordedad'],
  ['Þór Æther Œuvre', 'thoraetheroeuvre'],
  ['Łódź Ħamrun Ŧ Ŋ', 'lodzhamruntng'],
  // one character, several forms
  ['ﬁve', 'five'],
  ['𝔖𝔲𝔫', 'sun'],
  ['㊙', '秘'],
  ['Ｕ２', 'u2'],
  ['Ⅷ ½ ²', 'viii122'],
  // signs and spaces
  ['AC/DC', 'acdc'],
  ['ac dc', 'acdc'],
  ['Sunn O)))', 'sunno'],
  ['Guns N’ Roses', 'gunsnroses'],
  ['alt‐J', 'altj'],
  ['t.A.T.u.', 'tatu'],
  ['100% Gurr_l', '100gurrl'],
  ['P!nk', 'pnk'],
  ['Simon & Garfunkel', 'simonandgarfunkel'],
  ['Simon ＆ Garfunkel', 'simonandgarfunkel'],
  ['&', 'and'],
  ['zero\u200bwidth\u00ad\ufe0f\u202e', 'zerowidth'],
  ['ㅤa\u034f', 'a'],
  // signs alone
  ['!!!', '!!!'],
  ['! ! !', '!!!'],
  ['🎵', '🎵'],
  ['❤️', '❤'],
  ['👩‍👩‍👧', '👩👩👧'],
  ['%', '%'],
  ['¨', '\u0308'],
  // nothing
  ['', ''],
  [' \u200b', ''],
];

describe('fold', () => {
  it.each(CASES)('“%s” is compared as “%s”', (text, folded) => {
    expect(fold(text)).toBe(folded);
  });

  it.each(CASES)('“%s” folded twice is “%s” too', (_, folded) => {
    expect(fold(folded)).toBe(folded);
  });

  it('leaves something of every visible character, and never the separator', () => {
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point);
      const folded = fold(character);
      if ((hasVisibleCharacter(character) && folded === '') || folded.includes(VALUE_SEPARATOR)) {
        wrong.push(point.toString(16));
      }
    }
    expect(wrong).toEqual([]);
  });

  it('reads the letters of a string as if each stood alone', () => {
    expect(fold('Ω'.repeat(3) + 'ß'.repeat(3))).toBe('ωωωssssss');
  });
});

describe('folded values in one string', () => {
  it('stand between separators, those that may match a query exactly', () => {
    expect(foldTogether(['AC/DC', 'Acca Dacca'])).toBe('\u001facdc\u001faccadacca\u001f');
  });

  it('follow without one behind, the others', () => {
    expect(foldTogether(['The Beatles'], ['Beatles, The'])).toBe('\u001fthebeatles\u001fbeatlesthe');
  });
});
