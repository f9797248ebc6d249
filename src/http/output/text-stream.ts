import { Readable } from 'node:stream';
import { IntrinsicException, Logger } from '@nestjs/common';
import { logFailure } from './log-failure.js';

/** Characters that are gathered before they are sent. */
const CHUNK_MIN = 16_384;

/**
 * Text that is made while it is sent. The next part is asked for only when the client has room for it. Where `parts`
 * throws after the first chunk, the connection is cut, so that the client does not take the answer for whole, and the
 * error is logged.
 */
export function textStream(parts: AsyncIterable<string>): Readable {
  return Readable.from(chunksOf(parts), { objectMode: false });
}

async function* chunksOf(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = '';
  let isBegun = false;
  try {
    for await (const part of parts) {
      chunk += part;
      if (chunk.length < CHUNK_MIN) continue;
      yield chunk;
      isBegun = true;
      chunk = '';
    }
  } catch (error) {
    if (!isBegun) throw error;
    logFailure(logger, ENDED, error);
    // Nest logs any other error of a stream, with its stack.
    throw new IntrinsicException(ENDED, { cause: error });
  }
  if (chunk !== '') yield chunk;
}

const ENDED = 'Download ended early';
const logger = new Logger('TextStream');
