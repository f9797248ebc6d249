import { Readable } from 'node:stream';

/** Characters that are gathered before they are sent. */
const CHUNK_MIN = 16_384;

/**
 * Text that is made while it is sent. The next part is asked for only when the client has room for it. Where `parts`
 * throws after the first chunk, the connection is cut, so that the client does not take the answer for whole.
 */
export function textStream(parts: AsyncIterable<string>): Readable {
  return Readable.from(chunksOf(parts), { objectMode: false });
}

async function* chunksOf(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  for await (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK_MIN) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}
