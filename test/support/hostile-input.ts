/** Characters that are dear to parsers, validators and normalisers when there are many of them. */
const CHARACTERS = {
  spaces: ' ',
  tabs: '\t',
  commas: ', ',
  quotes: '"\\',
  digits: '9',
  brackets: '[{',
  ats: 'a@',
  dots: '.a',
  'combining marks': '\u0301\u0323',
  'lone surrogates': '\ud800',
  letters: 'a',
} as const;

export type Hostile = keyof typeof CHARACTERS;
export const HOSTILE = Object.keys(CHARACTERS) as Hostile[];

/** A string of this many bytes at most. */
export function hostile(kind: Hostile, bytes: number): string {
  const unit = CHARACTERS[kind];
  return unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
}

/** What an HTTP header can carry of it: begins and ends with a letter, since servers trim spaces. */
export function hostileHeader(kind: Hostile, bytes: number): Buffer {
  return Buffer.from(`a${hostile(kind, bytes - 2).toWellFormed()}x`);
}

/** The fields that any route reads from its body. */
const FIELDS = [
  'email',
  'username',
  'password',
  'name',
  'title',
  'refreshToken',
  'code',
  'newPassword',
  'apiKey',
  'query',
];

/** JSON bodies of this many bytes at most, by name. */
export function hostileBodies(bytes: number): Readonly<Record<string, string>> {
  const many = (length: number, one: (i: number) => string): string[] => Array.from({ length }, (_, i) => one(i));
  const filled = HOSTILE.map((kind): [string, string] => {
    const values = FIELDS.map((field) => [field, hostile(kind, bytes / FIELDS.length / 7)]);
    return [`fields of ${kind}`, JSON.stringify(Object.fromEntries(values))];
  });
  return {
    ...Object.fromEntries(filled),
    'one field of combining marks': `{"email":"a${hostile('combining marks', bytes - 30)}@x.co"}`,
    'many unknown fields': `{${many(Math.floor(bytes / 12), (i) => `"f${i}":1`).join()}}`,
    'a long number': `{"durationSeconds":${hostile('digits', bytes - 30)}}`,
    'nested arrays': hostile('letters', 0) + '['.repeat(bytes - 10),
    'nested objects in an unknown field': `{"x":${'{"x":'.repeat(Math.floor(bytes / 6) - 10)}1${'}'.repeat(Math.floor(bytes / 6) - 10)}}`,
    'a long array': `{"scopes":[${many(Math.floor(bytes / 4), () => '"a"').join()}]}`,
    'many objects': `{"scopes":[${many(Math.floor(bytes / 3) - 10, () => '{}').join()}]}`,
    'spaces before the end': `{"email":"a@x.co"${hostile('spaces', bytes - 30)}}`,
    'half an object': `{"email":"${hostile('letters', bytes - 30)}`,
  };
}
