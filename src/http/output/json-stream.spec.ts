import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { jsonStream } from './json-stream.js';

async function* from(items: readonly unknown[]): AsyncGenerator<unknown> {
  yield* items;
}

describe('jsonStream', () => {
  it.each([
    [
      { none: from([]), one: from([1]), more: from([{ x: 1 }, null, []]) },
      '{"none":[],"one":[1],"more":[{"x":1},null,[]]}',
    ],
    [
      { message: 'a "b"', data: { user: { id: 1 }, list: from(['é']) } },
      '{"message":"a \\"b\\"","data":{"user":{"id":1},"list":["é"]}}',
    ],
    [{ a: { b: [] }, c: null }, '{"a":{"b":[]},"c":null}'],
  ])('writes lists where they stand', async (value, expected) => {
    expect(await text(jsonStream(value))).toBe(expected);
  });

  it('asks for no more items than the client has room for', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<object> {
      for (;;) yield { filler: 'x'.repeat(1000), n: asked++ };
    }
    const stream = jsonStream({ list: endless() });
    await new Promise((resolve) => stream.once('readable', resolve));
    for (let i = 0; i < 1000; i++) await new Promise(setImmediate);
    expect(asked).toBeLessThan(100);
    stream.destroy();
  });

  it('breaks off where a list does', async () => {
    async function* failing(): AsyncGenerator<object> {
      yield { n: 1 };
      throw new Error('database gone');
    }
    await expect(text(jsonStream({ list: failing() }))).rejects.toThrow('database gone');
  });
});
