import { describe, expect, it } from 'vitest';
import { PublishedDocument } from './published-document.js';

describe('PublishedDocument', () => {
  const published = (): PublishedDocument =>
    new PublishedDocument({ openapi: '3.0.0', info: { title: 'Things', version: '1' }, paths: {} });

  it('is written and hashed once for clients that reach the server at the same URL', () => {
    const document = published();
    for (const format of ['json', 'yaml'] as const) {
      for (const base of ['https://api.example', undefined]) {
        expect(document.write(format, base)).toBe(document.write(format, base));
      }
    }
  });

  it('names the URL of each client, and keeps the text of none but the last', () => {
    const document = published();
    const bases = ['https://a.example', 'https://b.example', undefined, 'https://a.example'];
    const texts = bases.map((base) => document.write('json', base));
    const servers = texts.map(({ text }) => (JSON.parse(text) as { servers: { url: string }[] }).servers);
    expect(servers.map(([first]) => first?.url)).toEqual(['https://a.example', 'https://b.example', '/', bases[0]]);
    expect(texts[3]).toEqual(texts[0]);
    expect(texts[3]).not.toBe(texts[0]);
  });
});
