import type { Readable } from 'node:stream';
import { textStream } from './text-stream.js';

/** Objects as lines of JSON, each read while the ones before it are sent (see {@link textStream}). */
export function ndjsonExport(objects: AsyncIterable<object>): Readable {
  return textStream(linesOf(objects));
}

async function* linesOf(objects: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const object of objects) yield `${JSON.stringify(object)}\n`;
}
