import type { Readable } from 'node:stream';
import { textStream } from './text-stream.js';

/** `T` with lists that are read while they are sent. */
export type Streamed<T> = {
  readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? AsyncIterable<Item> : T[K];
};

/**
 * An object as JSON. Its members, and theirs in turn, may be lists of any length: an item is in memory only until it is
 * sent (see {@link textStream}).
 */
export function jsonStream(value: object): Readable {
  return textStream(textOf(value));
}

async function* textOf(value: unknown): AsyncGenerator<string> {
  if (isList(value)) {
    yield* listOf(value);
  } else if (hasList(value)) {
    let before = '{';
    for (const [name, member] of Object.entries(value)) {
      yield `${before}${JSON.stringify(name)}:`;
      yield* textOf(member);
      before = ',';
    }
    yield '}';
  } else {
    yield JSON.stringify(value);
  }
}

async function* listOf(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let before = '[';
  for await (const item of items) {
    yield before + JSON.stringify(item);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function isList(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Whether the object holds a list, itself or in a member. */
function hasList(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).some((member) => isList(member) || hasList(member));
}
