import { describe, expect, it } from 'vitest';
import { LineSplitter, type RawLine } from './ndjson-lines.js';

const LINE_MAX = 10;

const shown = ({ line, bytes }: RawLine): string => `${line}:${bytes?.toString() ?? 'too long'}`;

/** What comes out where the text arrives in chunks of so many bytes. */
function linesOf(text: string, chunkBytes = text.length): string[] {
  const splitter = new LineSplitter(LINE_MAX);
  const bytes = Buffer.from(text);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    for (const line of splitter.push(bytes.subarray(at, at + chunkBytes))) lines.push(shown(line));
  }
  return [...lines, ...Array.from(splitter.end(), shown)];
}

describe('LineSplitter', () => {
  it.each([
    ['', []],
    ['a', ['1:a']],
    ['a\n', ['1:a']],
    ['a\nb', ['1:a', '2:b']],
    ['a\r\nb\r\n', ['1:a\r', '2:b\r']],
    ['\n\na\n \t\r\nb\n\n', ['1:a', '2:b']],
    ['1234567890\nb', ['1:1234567890', '2:b']],
    ['12345678901\nb', ['1:too long', '2:b']],
    ['a\n12345678901', ['1:a', '2:too long']],
    ['é\u2028ü\n', ['1:é\u2028ü']],
    ['\ufeffa\n\ufeffb', ['1:a', '2:\ufeffb']],
    ['\ufeff\na', ['1:a']],
  ])('%j is %j, however it is cut into chunks', (text, lines) => {
    for (let chunkBytes = 1; chunkBytes <= Math.max(text.length, 1); chunkBytes++) {
      expect(linesOf(text, chunkBytes)).toEqual(lines);
    }
  });

  it('holds no more than a line may have, and nothing of one that is longer', () => {
    const splitter = new LineSplitter(1000);
    let most = 0;
    for (let i = 0; i < 5000; i++) {
      expect([...splitter.push(Buffer.from('x'))]).toEqual([]);
      most = Math.max(most, splitter.bytesHeld);
    }
    expect(most).toBe(1000);
    expect(splitter.bytesHeld).toBe(0);
    expect([...splitter.push(Buffer.from('\nnext\n'))].map(shown)).toEqual(['1:too long', '2:next']);
  });

  it('copies a line that arrives byte by byte a bounded number of times', () => {
    const splitter = new LineSplitter(100_000);
    let [copied, held] = [0, 0];
    for (let i = 0; i < 100_000; i++) {
      expect([...splitter.push(Buffer.from('x'))]).toEqual([]);
      if (splitter.bytesHeld !== held) copied += held = splitter.bytesHeld;
    }
    expect(copied).toBeLessThanOrEqual(3 * 100_000);
  });

  it('keeps no part of the chunk a line came in', () => {
    const [line] = new LineSplitter(1000).push(Buffer.concat([Buffer.from('short\n'), Buffer.alloc(50_000)]));
    expect(line?.bytes?.buffer.byteLength).toBeLessThan(20_000);
  });
});
