import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { contractOf } from '../../src/http/output/contract.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { ACCESS, OPEN } from './access-table.js';
import { openRoutingApp, type Route, type RoutingApp } from './routes-of.js';

const UUID = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';

describe('the routes', () => {
  let database: TestDatabase;
  let app: RoutingApp;
  beforeAll(async () => {
    database = await openTestDatabase();
    app = await openRoutingApp(database);
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  const ownRoutes = (): Route[] => app.routes.filter((route) => !route.startsWith('HEAD ') && !OPEN.includes(route));
  const partsOf = (route: Route): [string, string] => route.split(' ') as [string, string];

  it('all stand in the table that says who may call them, and the table holds no others', () => {
    expect(ownRoutes()).toEqual(Object.keys(ACCESS).sort());
  });

  it('that are open to anyone outside the contracts are all there', () => {
    expect(OPEN.filter((route) => !app.routes.includes(route))).toEqual([]);
  });

  it('answer HEAD where they answer GET, and nowhere else', () => {
    const paths = (method: string): string[] =>
      app.routes.filter((route) => route.startsWith(`${method} `)).map((route) => route.slice(method.length + 1));
    expect(paths('HEAD')).toEqual(paths('GET'));
  });

  it('are each reached by their own address: none shadows another', async () => {
    const astray: string[] = [];
    for (const route of app.routes) {
      const [method, pattern] = partsOf(route);
      // HEAD has no body to tell by; it stands beside its GET.
      if (method === 'HEAD') continue;
      for (const value of [UUID, 'x', '0', 'auth%2Flogin']) {
        const found = await app.routeFor(method, pattern.replace(/:\w+/g, value).replace('*', 'any.css'));
        if (found !== pattern) astray.push(`${route} with ${value} → ${found}`);
      }
    }
    expect(astray).toEqual([]);
  });

  it('leave no name of a contract to a parameter: what follows a prefix is literal', () => {
    const loose = app.routes.filter((route) => {
      const [, path] = partsOf(route);
      const prefixes = CONTRACTS.map(({ prefix }) => (prefix === '' ? '/' : `/${prefix}/`));
      return prefixes.some((prefix) => path.startsWith(`${prefix}:`) || path.startsWith(`${prefix}*`));
    });
    expect(loose).toEqual([]);
  });

  it('speak the dialect of the contract that made them', () => {
    for (const contract of CONTRACTS) {
      const below = ownRoutes().filter((route) => {
        const [, path] = partsOf(route);
        return contractOf(path, CONTRACTS, FALLBACK_CONTRACT) === contract;
      });
      const under = (path: string): boolean =>
        contract.paths.some((root) => path === root || path.startsWith(`${root}/`));
      expect(below.length).toBeGreaterThan(0);
      for (const route of below) expect(under(partsOf(route)[1])).toBe(true);
    }
  });

  it.each([
    '/api/nothing',
    '/api/v1/nothing',
    '/api/v1x',
    '/api/v1/artists',
    '/api/v2/auth/login',
    '/v1/nothing',
    '/auth/login',
    '/songs',
    '/',
    '/api',
    '/api/',
    '/API/artists',
    '//api/artists',
    '/docs-jsonx',
  ])('do not take %s', async (url) => {
    expect(await app.routeFor('GET', url)).toBeUndefined();
  });
});
