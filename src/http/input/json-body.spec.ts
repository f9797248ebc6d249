import { describe, expect, it } from 'vitest';
import { BODY_LIMIT } from '../../common/limits.js';
import { parseJsonBody } from './json-body.js';

const parse = (body: string | Buffer): unknown => parseJsonBody(Buffer.from(body as string));
const nested = (levels: number, open: string, close: string): string => open.repeat(levels) + close.repeat(levels);

describe('parseJsonBody', () => {
  it('treats an empty body as absent', () => {
    expect(parse('')).toBeUndefined();
  });

  it('parses an object', () => {
    expect(parse('{"name":"Zoë 🎸","list":[1,{"a":null}]}')).toEqual({ name: 'Zoë 🎸', list: [1, { a: null }] });
  });

  it.each(['[]', '[{}]', 'null', '"text"', '42', 'true'])('refuses a body that is not an object: %s', (body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it.each(['{', '{"a":1,}', "{'a':1}", '{"a":NaN}', '{"a":1}{"b":2}', ' ', '{"a":"\n"}', '{"a":01}', 'a=1&b=2', ']'])(
    'refuses what is not JSON: %j',
    (body) => {
      expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'malformed_json' }));
    },
  );

  it('refuses a byte order mark', () => {
    expect(() => parse('\ufeff{"a":1}')).toThrow(expect.objectContaining({ code: 'malformed_json' }));
  });

  it.each([
    ['a lone continuation byte', [0x80]],
    ['a truncated character', [0xc3]],
    ['an overlong spelling', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a code point beyond the last', [0xf4, 0x90, 0x80, 0x80]],
    ['UTF-16', [0xff, 0xfe]],
  ])('refuses what is not UTF-8: %s', (_, bytes) => {
    const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'malformed_json' }));
  });

  it('accepts 32 levels and refuses 33, of objects and of arrays', () => {
    expect(parse(`{"a":${nested(31, '[', ']')}}`)).toBeDefined();
    expect(() => parse(`{"a":${nested(32, '[', ']')}}`)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(parse(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`)).toBeDefined();
    expect(() => parse(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`)).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  it('does not count brackets inside a string', () => {
    const text = `${'['.repeat(100)}\\"${'{'.repeat(100)}\\\\`;
    expect(parse(`{"a":"${text}"}`)).toEqual({ a: JSON.parse(`"${text}"`) });
  });

  it('does not add up the levels of siblings', () => {
    expect(parse(`{"a":[${'[[]],'.repeat(400)}0]}`)).toBeDefined();
  });

  it('accepts 1,000 objects and arrays and refuses more, which are dear to walk', () => {
    expect(parse(`{"a":[${'{},'.repeat(998)}0]}`)).toBeDefined();
    expect(parse(`{"a":"${'{['.repeat(1000)}"}`)).toBeDefined();
    for (const one of ['{}', '[]']) {
      expect(() => parse(`{"a":[${`${one},`.repeat(999)}0]}`)).toThrow(
        expect.objectContaining({
          code: 'invalid_request',
          message: 'The body has more than 1000 objects and lists',
        }),
      );
    }
  });

  it.each([
    ['arrays, as deep as fit in a body', nested(BODY_LIMIT / 2 - 4, '[', ']')],
    ['arrays that are never closed', '['.repeat(100_000)],
    ['objects', '{"a":'.repeat(20_000)],
    ['an unknown field', `{"x":${'['.repeat(100_000)}`],
  ])('refuses deep nesting before anything walks it: %s', (_, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it.each(['{"__proto__":{"admin":true}}', '{"a":[{"__proto__":1}]}', '{"__pro\\u0074o__":null}'])(
    'refuses a field that would become a prototype: %s',
    (body) => {
      expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    },
  );

  it('never quotes the body in its messages', () => {
    for (const body of ['{"password":"hush', '{"hush":', '"hush"', '{"a":hush}']) {
      expect(() => parse(body)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hush') }));
    }
  });
});
