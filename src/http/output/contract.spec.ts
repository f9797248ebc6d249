import { describe, expect, it } from 'vitest';
import { DEFAULT_MESSAGES } from '../../common/error-codes.js';
import { type Contract, contractOf, pathOf } from './contract.js';

class Module {}

const contract = (name: string, ...paths: string[]): Contract => ({
  name,
  namespace: name,
  title: name,
  description: name,
  prefix: paths[0]?.slice(1) ?? '',
  paths,
  tags: {},
  module: Module,
  presentError: () => ({ status: 500, body: {} }),
  examples: {},
  describeErrors: () => ({}),
  errorField: 'code',
  errorWords: DEFAULT_MESSAGES,
});

const API = contract('api', '/api');
const API_V1 = contract('api-v1', '/api/v1');
const V1 = contract('v1', '/v1');
const FEED = contract('feed', '/auth', '/artists', '/songs');
const FALLBACK = contract('fallback');

describe('contractOf', () => {
  it.each<[string, Contract]>([
    ['/api', API],
    ['/api/artists', API],
    ['/api/', API],
    ['/api/v1', API_V1],
    ['/api/v1/', API_V1],
    ['/api/v1/auth/login', API_V1],
    ['/api/v1?x=1', API_V1],
    ['/api/v1x', API],
    ['/api/v10/auth', API],
    ['/api/v', API],
    ['/apis', FALLBACK],
    ['/api.json', FALLBACK],
    ['/v1', V1],
    ['/v1/auth/login?next=/api/v1', V1],
    ['/v11', FALLBACK],
    ['/v1.0/auth', FALLBACK],
    ['/auth', FEED],
    ['/auth?apiKey=x', FEED],
    ['/auth/login', FEED],
    ['/authors', FALLBACK],
    ['/artists/123', FEED],
    ['/songs', FEED],
    ['/songs#x', FEED],
    ['/', FALLBACK],
    ['', FALLBACK],
    ['*', FALLBACK],
    ['//api', FALLBACK],
    ['/health', FALLBACK],
    ['/docs/api-json', FALLBACK],
    ['/.well-known/jwks.json', FALLBACK],
    ['/API/artists', FALLBACK],
    ['/nothing/api/v1', FALLBACK],
    ['/%76%31/user/profile', V1],
    ['/%61uth', FEED],
    ['/v1%2Fauth', FALLBACK],
    ['/%2561uth', FALLBACK],
    ['/v1/%', V1],
    ['/v1/%ff?x', V1],
    ['/v1;x/y', FALLBACK],
    ['/v1/x;y', V1],
    ['http://host/v1/auth', V1],
    ['HTTPS://host:1/auth', FEED],
    ['http://v1', FALLBACK],
  ])('%s belongs to the contract with the longest matching path', (url, expected) => {
    for (const order of [
      [API_V1, API, V1, FEED],
      [FEED, V1, API, API_V1],
    ]) {
      expect(contractOf(url, order, FALLBACK).name).toBe(expected.name);
    }
  });

  it('falls back when there is no contract', () => {
    expect(contractOf('/api', [], FALLBACK)).toBe(FALLBACK);
  });
});

describe('pathOf', () => {
  it.each([
    ['/a/b?c=d', '/a/b'],
    ['/a#b?c', '/a'],
    ['/a;b', '/a;b'],
    ['/%61%2Fb%3Fc?%64', '/a%2Fb%3Fc'],
    ['/a/%', '/a/%'],
    ['/%61/%ff', '/%61/%ff'],
    ['http://host:80/a?b', '/a'],
    ['http://host', ''],
    ['/a', '/a'],
    ['', ''],
  ])('cuts %j to its path', (url, path) => {
    expect(pathOf(url)).toBe(path);
  });
});
