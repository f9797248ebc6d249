import { describe, expect, it } from 'vitest';
import { addCodeSamples } from './code-samples.js';
import type { Operation } from './document-parts.js';

function sourcesOf(example: object): string[] {
  const operation: Operation = { requestBody: { content: { 'application/json': { example } } }, responses: {} };
  addCodeSamples('/notes', 'post', operation);
  return (operation as unknown as { 'x-codeSamples': { source: string }[] })['x-codeSamples'].map(
    ({ source }) => source,
  );
}

describe('the samples of a body', () => {
  const [curl, fetch, python] = sourcesOf({ text: "it's true", isRead: true, tags: [false, null], after: 'null' });

  it('quote it for the shell', () => {
    expect(curl).toContain(String.raw`"text": "it'\''s true",`);
  });

  it('have it as it is in JavaScript', () => {
    expect(fetch).toContain('"isRead": true,');
  });

  it('have the literals of Python, and none of them in a string', () => {
    const words = python?.match(/"text": .*|"isRead": .*|"after": .*|\b(?:False|None)\b/g);
    expect(words).toEqual([`"text": "it's true",`, '"isRead": True,', 'False', 'None', '"after": "null"']);
  });
});
