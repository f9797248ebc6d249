import { once } from 'node:events';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { addParsers } from './parsers.js';

describe('a body of a type that no parser takes', () => {
  /** The answer, which is written some time after the body has ended, and how often the request was taken further. */
  async function post(payload: string) {
    const fastify = Fastify();
    addParsers(fastify, []);
    let passed = 0;
    fastify.addHook('preValidation', (_request, _reply, done) => {
      passed++;
      done();
    });
    fastify.addHook('onSend', async ({ raw }) => {
      if (!raw.readableEnded) await once(raw, 'end');
      await new Promise(setImmediate);
    });
    fastify.post('/', ({ body }) => ({ body: body ?? null }));
    const headers = { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' };
    const answer = await fastify.inject({ method: 'POST', url: '/', headers, payload });
    await fastify.close();
    return { body: answer.json<object>(), passed };
  }

  it('is none if it is empty', async () => {
    expect(await post('')).toEqual({ body: { body: null }, passed: 1 });
  });

  it('is refused for good otherwise: its end does not let the request continue', async () => {
    expect(await post('hello')).toMatchObject({ body: { code: 'unsupported_media_type' }, passed: 0 });
  });
});
