import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { addCodeSamples, withBase } from './code-samples.js';
import type { Operation } from './document-parts.js';

function sourcesOf(operation: Operation, path = '/notes'): string[] {
  addCodeSamples(path, 'post', operation);
  const { 'x-codeSamples': samples } = operation as unknown as { 'x-codeSamples': { source: string }[] };
  return samples.map(({ source }) => source);
}

const taking = (example: object): Operation => ({
  requestBody: { content: { 'application/json': { example } } },
  responses: { 200: { description: 'A note', content: {} } },
});

/** What the shell passes to curl. */
function argumentsIn(curl = ''): string[] {
  const printing = curl.replace(/^curl/, String.raw`printf '%s\0'`);
  return execFileSync('sh', ['-c', printing]).toString().split('\0').slice(0, -1);
}

/** The string literals of JavaScript or Python, which are JSON. */
const literalsIn = (source = ''): unknown[] =>
  [...source.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([literal]) => JSON.parse(literal) as unknown);

describe('the samples of a body', () => {
  const body = { text: "it's true", isRead: true, tags: [false, null], after: 'null' };
  const [curl, fetch, python] = sourcesOf(taking(body));

  it('quote it for the shell', () => {
    expect(JSON.parse(argumentsIn(curl).at(-1) ?? '')).toEqual(body);
  });

  it('have it as it is in JavaScript', () => {
    expect(fetch).toContain('"isRead": true,');
  });

  it('have the literals of Python, and none of them in a string', () => {
    const words = python?.match(/"text": .*|"isRead": .*|"after": .*|\b(?:False|None)\b/g);
    expect(words).toEqual([`"text": "it's true",`, '"isRead": True,', 'False', 'None', '"after": "null"']);
  });
});

describe('the samples with quotes in the URL of the server, a parameter and a header', () => {
  const version = String.raw`"it's \3"`;
  const operation: Operation = {
    parameters: [
      { name: 'id', in: 'path', schema: { type: 'string', example: `a'b"c/$&` } },
      { name: 'If-Match', in: 'header', schema: { type: 'string', example: version } },
    ],
    responses: {},
  };
  const [curl, fetch, python] = sourcesOf(operation, '/notes/{id}').map((source) =>
    withBase(source, "https://api.example/o'brien", (text) => text),
  );
  const url = "https://api.example/o'brien/notes/a'b%22c%2F%24%26";

  it('are what the shell passes on', () => {
    expect(argumentsIn(curl)).toEqual(['-i', '-X', 'POST', url, '-H', `If-Match: ${version}`]);
  });

  it('are in the strings of JavaScript and Python', () => {
    expect(literalsIn(fetch)).toEqual([url, 'POST', 'If-Match', version]);
    expect(literalsIn(python)).toEqual([url, 'POST', 'If-Match', version]);
  });
});

describe('the samples of an operation that answers without a body', () => {
  it('read none', () => {
    const [, fetch, python] = sourcesOf({ responses: { 204: { description: 'Success' } } });
    expect(fetch).toMatch(/\nconsole\.log\(response\.status\);$/);
    expect(python).toMatch(/\n {4}print\(response\.status\)$/);
    expect(python).not.toContain('json');
  });

  it('read one from every other', () => {
    const [, fetch, python] = sourcesOf(taking({}));
    expect(fetch).toContain('await response.json()');
    expect(python).toContain('json.load(response)');
  });
});
