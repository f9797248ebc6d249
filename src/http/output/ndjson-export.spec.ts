import { text } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import { ndjsonExport } from './ndjson-export.js';

describe('ndjsonExport', () => {
  async function* count(to: number): AsyncGenerator<object> {
    for (let n = 1; n <= to; n++) yield { n };
  }

  it.each([0, 1, 10_000])('writes a line for each of %i objects', async (to) => {
    const lines = (await text(ndjsonExport(count(to)))).split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      Array.from({ length: to }, (_, i) => ({ n: i + 1 })),
    );
  });

  it('asks for no more objects than the client has room for', async () => {
    let asked = 0;
    async function* endless(): AsyncGenerator<object> {
      for (;;) yield { filler: 'x'.repeat(1000), n: asked++ };
    }
    const lines = ndjsonExport(endless());
    await new Promise((resolve) => lines.once('readable', resolve));
    for (let i = 0; i < 1000; i++) await new Promise(setImmediate);
    expect(asked).toBeLessThan(100);
    lines.destroy();
  });

  it('breaks off where the objects do, and leaves an error before the first chunk to the filter', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    async function* failing(): AsyncGenerator<object> {
      yield { n: 1 };
      throw new Error('database gone');
    }
    await expect(text(ndjsonExport(failing()))).rejects.toThrow('database gone');
    expect(error).not.toHaveBeenCalled();
  });

  it('logs an error that comes after the first chunk, which no filter sees', async () => {
    const error = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const cause = new Error('database gone');
    async function* failing(): AsyncGenerator<object> {
      for (let n = 0; n < 20; n++) yield { filler: 'x'.repeat(1000) };
      throw cause;
    }
    await expect(text(ndjsonExport(failing()))).rejects.toMatchObject({ cause });
    expect(error.mock.calls).toEqual([[expect.objectContaining({ msg: 'Download ended early', err: cause })]]);
  });
});
