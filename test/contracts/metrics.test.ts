import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RefreshTokenPurgeJob } from '../../src/modules/auth/sessions/refresh-token-purge.job.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { apiKey } from '../support/http-client.js';
import { makeKey, signUp } from '../support/people.js';

const loadedModules = (): string[] => Object.keys(createRequire(import.meta.url).cache);
const isPromClient = (path: string): boolean => path.includes('/prom-client/');

/** The figures of a scrape: by name and labels, `name{state="live"}`. */
function figuresOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

async function scrape(app: TestApp): Promise<Map<string, number>> {
  const answer = await app.http.get('/metrics');
  expect(answer.status).toBe(200);
  return figuresOf(answer.text);
}

describe('without METRICS_ENABLED', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('/metrics is an unknown path, in the dialect of /api', async () => {
    const answer = await app.http.get('/metrics');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ statusCode: 404, error: 'Not Found', code: 'route_not_found' });
  });

  it('the library of the metrics is not even loaded', () => {
    expect(loadedModules().filter(isPromClient)).toEqual([]);
  });
});

describe('/metrics', () => {
  let app: TestApp;
  let database: TestDatabase;
  const clock = new TestClock(new Date());
  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startApp({ clock, database, env: { METRICS_ENABLED: 'true', REFRESH_TOKEN_TTL: '7200' } });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  it('answers anyone, in the text format that Prometheus reads', async () => {
    const answer = await app.http.get('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.text).toContain('# TYPE stagedoor_http_request_duration_seconds histogram');
    expect(loadedModules().some(isPromClient)).toBe(true);
  });

  it('counts requests by route template and status, and addresses without a route together', async () => {
    const count = (figures: Map<string, number>, method: string, route: string, status: number): number =>
      figures.get(
        `stagedoor_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`,
      ) ?? 0;
    const person = await signUp(app);
    const before = await scrape(app);
    await app.http.get('/api/artists/one', { headers: person.headers });
    await app.http.get('/api/artists/two', { headers: person.headers });
    await app.http.get('/api/artists/two');
    await app.http.get('/nowhere/1');
    await app.http.post('/nowhere/2');
    const after = await scrape(app);
    const grown = (method: string, route: string, status: number): number =>
      count(after, method, route, status) - count(before, method, route, status);
    expect(grown('GET', '/api/artists/:id', 404)).toBe(2);
    expect(grown('GET', '/api/artists/:id', 401)).toBe(1);
    expect(grown('GET', 'unmatched', 404)).toBe(1);
    expect(grown('POST', 'unmatched', 404)).toBe(1);
    expect(grown('GET', '/metrics', 200)).toBe(1);
    expect([...after.keys()].filter((name) => name.includes('nowhere') || name.includes('artists/one'))).toEqual([]);
  });

  it('counts look-ups of API keys by who answered them', async () => {
    const { apiKey: key } = await makeKey(app, await signUp(app));
    const before = await scrape(app);
    for (let i = 0; i < 3; i++) await app.http.get('/api/users/me', { headers: apiKey(key) });
    const after = await scrape(app);
    const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    const [memory, base] = ['memory', 'database'].map((who) =>
      grown(`stagedoor_api_key_lookups_total{answered_by="${who}"}`),
    );
    expect(base).toBeGreaterThanOrEqual(1);
    expect(memory + base).toBe(3);
    expect(after.get('stagedoor_api_keys_remembered')).toBeGreaterThanOrEqual(base === 3 ? 0 : 1);
  });

  it('counts live and expired sessions at most once a minute, and what the purge did', async () => {
    const live = 'stagedoor_sessions{state="live"}';
    const expired = 'stagedoor_sessions{state="expired"}';
    const oldest = 'stagedoor_oldest_expired_session_age_seconds';
    const deleted = 'stagedoor_purged_sessions_total';
    clock.advance(60);
    const first = await scrape(app);
    await signUp(app);
    clock.advance(59);
    const soon = await scrape(app);
    expect([soon.get(live), soon.get('stagedoor_sessions_count_age_seconds')]).toEqual([first.get(live), 59]);
    clock.advance(1);
    expect((await scrape(app)).get(live)).toBe(first.get(live)! + 1);

    clock.advance(7200);
    const late = await scrape(app);
    expect(late.get(live)).toBe(0);
    expect(late.get(expired)).toBe(first.get(live)! + 1);
    expect(late.get(oldest)).toBeGreaterThan(0);

    await app.nest.get(RefreshTokenPurgeJob).purge();
    clock.advance(60);
    const purged = await scrape(app);
    expect(purged.get(expired)).toBe(0);
    expect(purged.get(oldest)).toBe(0);
    expect(purged.get(deleted)! - late.get(deleted)!).toBe(late.get(expired));
    const runs = 'stagedoor_purge_runs_total{outcome="succeeded"}';
    expect(purged.get(runs)! - late.get(runs)!).toBe(1);
  });

  it('tells of the ends of sessions that are kept in mind, and how fresh the picture is', async () => {
    const person = await signUp(app);
    const before = await scrape(app);
    await app.http.post('/api/auth/logout', { headers: person.headers });
    const after = await scrape(app);
    const ended = 'stagedoor_ended_sessions_remembered';
    expect(after.get(ended)! - before.get(ended)!).toBe(1);
    expect(after.get('stagedoor_revocation_feed_sure')).toBe(1);
    expect(after.get('stagedoor_revocation_feed_age_seconds')).toBeLessThan(30);
  });

  it('tells of the pool, the process and the event loop', async () => {
    const figures = await scrape(app);
    const state = (name: string): number => figures.get(`stagedoor_database_pool_connections{state="${name}"}`)!;
    expect(state('busy') + state('idle')).toBeGreaterThanOrEqual(1);
    expect(figures.get('stagedoor_database_pool_waiting')).toBe(0);
    expect(figures.get('stagedoor_password_hashes_running')).toBe(0);
    expect(figures.get('stagedoor_password_hashes_shed_total')).toBe(0);
    expect(figures.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(figures.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect([...figures.keys()].filter((name) => name.startsWith('stagedoor_build_info{version='))).toHaveLength(1);
    for (const [name, value] of figures) expect(Number.isFinite(value), name).toBe(true);
  });

  it('holds nothing of anybody: no address, e-mail, id or key', async () => {
    const account = await insertAccount(database.dataSource);
    await app.http.get(`/api/users/${account.id}?email=${account.email}`);
    const { text } = await app.http.get('/metrics');
    expect(text).not.toMatch(/@|sk_live|[0-9a-f]{8}-[0-9a-f]{4}|127\.0\.0\.1/);
  });

  describe('its dashboard and its documentation', () => {
    const read = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
    const dashboard = read('grafana-dashboard.json');
    const NAME = /\b(?:stagedoor|process)_[a-z_]+/g;
    let exported: string[];
    beforeAll(async () => {
      const { text } = await app.http.get('/metrics');
      exported = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name).sort();
    });

    it('name only metrics that are exported', () => {
      const { panels } = JSON.parse(dashboard) as { panels: { targets: { expr: string }[] }[] };
      const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
      const used = new Set(expressions.flatMap((expr) => expr.match(NAME) ?? []));
      const known = new Set(
        exported.flatMap((name) => [name, ...['_bucket', '_sum', '_count'].map((part) => name + part)]),
      );
      expect([...used].filter((name) => !known.has(name))).toEqual([]);
      const shown = exported.filter((name) => [...used].some((one) => one.startsWith(name)));
      expect(shown).toEqual(exported);
    });

    it('explain each metric that is exported, and no other', () => {
      const explained = [...read('operations.md').matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
      expect(explained.sort()).toEqual(exported);
    });
  });
});

describe('/metrics where sessions cannot be counted', () => {
  it('answers all the same, without the count', async () => {
    const database = await openTestDatabase();
    const app = await startApp({ database, env: { METRICS_ENABLED: 'true' } });
    await database.dataSource.query('ALTER TABLE sessions RENAME TO out_of_reach');
    const answer = await app.http.get('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('stagedoor_event_loop_lag_seconds');
    expect(figuresOf(answer.text).get('stagedoor_sessions{state="live"}')).toBeUndefined();
    await app.close();
    await database.close();
  });
});
