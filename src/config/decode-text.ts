/**
 * Decodes UTF-8, or UTF-16 as its byte order mark says; removes the mark.
 * @throws TypeError with the code {@link NOT_TEXT}
 */
export function decodeText(content: Buffer): string {
  const mark = content.subarray(0, 2).toString('hex');
  // UTF-16 without a mark is full of zero bytes, which no text in UTF-8 contains.
  const encoding =
    mark === 'fffe' || content[1] === 0 ? 'utf-16le' : mark === 'feff' || content[0] === 0 ? 'utf-16be' : 'utf-8';
  return new TextDecoder(encoding, { fatal: true }).decode(content);
}

export const NOT_TEXT = 'ERR_ENCODING_INVALID_ENCODED_DATA';
