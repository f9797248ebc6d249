import { describe, expect, it } from 'vitest';
import { readBody, refusedFields } from '../../../../test/support/input.js';
import { RegisterDto } from './auth.dto.js';

const ACCOUNT = { email: 'jane@example.com', password: 'quiet-Harbour-42' };

describe('the names of RegisterDto', () => {
  it.each([
    ['two letters', 'Jo', 'Li'],
    ['period, hyphen, space and apostrophe', "Jean-Luc O'Neil", 'St. John'],
    ['the typographic apostrophe', 'O’Neil', 'D’Arcy'],
    ['Greek', 'Ελένη', 'Παπαδοπούλου'],
    ['Arabic', 'محمد', 'علي'],
    ['Devanagari with its marks', 'प्रिया', 'शर्मा'],
    ['Japanese', '太郎', '山田'],
    ['a decomposed accent', 'Rene\u0301', 'Mu\u0308ller'],
    ['50 letters', 'x'.repeat(50), 'y'.repeat(50)],
  ])('may have %s', async (_, firstName, lastName) => {
    expect(await readBody(RegisterDto, { ...ACCOUNT, firstName, lastName })).toMatchObject({ firstName, lastName });
  });

  it.each([
    ['one letter', 'J'],
    ['51 letters', 'x'.repeat(51)],
    ['digits', 'R2D2'],
    ['markup', 'a<b>'],
    ['an underscore', 'a_b'],
    ['an emoji', 'Jo 😀'],
    ['punctuation alone', "-.'"],
    ['spaces alone', '    '],
    ['zero-width characters', 'J\u200bo'],
    ['a control character', 'Jo\u0000e'],
    ['a list', ['Jo']],
    ['no value', undefined],
  ])('may not have %s', async (_, name) => {
    expect(await refusedFields(RegisterDto, { ...ACCOUNT, firstName: name, lastName: name })).toEqual([
      'firstName',
      'lastName',
    ]);
  });
});
