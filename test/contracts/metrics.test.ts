import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSeconds } from '../../src/common/clock.js';
import { PROM_CLIENT } from '../../src/operations/metrics/metrics-registry.js';
import { MetricsServer } from '../../src/operations/metrics/metrics-server.js';
import { RefreshTokenPurgeJob } from '../../src/modules/sessions/refresh-token-purge.job.js';
import { expectRefusal } from '../support/api-answers.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { apiKey, HttpClient } from '../support/http-client.js';
import { makeKey, signUp } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';

/** The samples of a scrape by name and labels, such as `name{state="live"}`. */
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

  it('/metrics is an unknown path, with the error body of /api', async () => {
    const answer = await app.http.get('/metrics');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ statusCode: 404, error: 'Not Found', code: 'route_not_found' });
  });

  // Another file of this worker may have loaded it, so this asks for what would load it. The linter refuses other imports.
  it('prom-client is not loaded', () => {
    expect(() => app.nest.get(PROM_CLIENT, { strict: false })).toThrow('could not find');
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

  it('is 404 in an encoded spelling, which a rule of a proxy would miss', async () => {
    expectRefusal(await app.http.get('/%6detrics'), 404, 'route_not_found');
  });

  it('ignores the query', async () => {
    expect((await app.http.get('/metrics?module=probe')).status).toBe(200);
  });

  it('is public, in the text format of Prometheus', async () => {
    const answer = await app.http.get('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.text).toContain('# TYPE stagedoor_http_request_duration_seconds histogram');
  });

  it('counts requests by route template and status, and all URLs without a route together', async () => {
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

  it('shows what waits and what failed in the outbox, and since when', async () => {
    const message = (status: string, ageSeconds: number): Promise<unknown[]> =>
      database.query(
        `INSERT INTO outbox_messages (id, kind, status, attempts, due_at, give_up_at, created_at)
         VALUES (gen_random_uuid(), 'none', $1, 0, $2, $2, $2)`,
        [status, addSeconds(clock.now(), -ageSeconds)],
      );
    for (const age of [10, 300]) await message('waiting', age);
    await message('failed', 20);
    await message('sent', 900);
    clock.advance(10);
    const figures = await scrape(app);
    expect(figures.get('stagedoor_outbox_messages{state="waiting"}')).toBe(2);
    expect(figures.get('stagedoor_outbox_messages{state="failed"}')).toBe(1);
    expect(figures.get('stagedoor_outbox_oldest_message_age_seconds')).toBe(310);
    expect(figures.get('stagedoor_mail_attempts_total{outcome="sent"}')).toBe(0);
    expect(figures.get('stagedoor_mail_tls_failures_total')).toBe(0);
  });

  it('counts lookups of API keys by where they were answered', async () => {
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

  it('counts live and expired sessions at most once a minute, and the deletions of the purge', async () => {
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

    await app.database.query(`UPDATE sessions SET expires_at = now() - interval '1 minute'`);
    await app.nest.get(RefreshTokenPurgeJob).purge();
    clock.advance(60);
    const purged = await scrape(app);
    expect(purged.get(expired)).toBe(0);
    expect(purged.get(oldest)).toBe(0);
    expect(purged.get(deleted)! - late.get(deleted)!).toBe(late.get(expired));
    const runs = 'stagedoor_purge_runs_total{outcome="succeeded"}';
    expect(purged.get(runs)! - late.get(runs)!).toBe(1);
  });

  it('reports the ended sessions in memory and the age of the last revocations', async () => {
    const person = await signUp(app);
    const before = await scrape(app);
    await app.http.post('/api/auth/logout', { headers: person.headers });
    const after = await scrape(app);
    const ended = 'stagedoor_ended_sessions_remembered';
    expect(after.get(ended)! - before.get(ended)!).toBe(1);
    await expect.poll(async () => (await scrape(app)).get('stagedoor_revocation_feed_sure')).toBe(1);
    // Not the seconds since 1970.
    expect(after.get('stagedoor_revocation_feed_age_seconds')).toBeLessThanOrEqual(process.uptime());
  });

  it('reports the pool, the process and the event loop', async () => {
    const figures = await scrape(app);
    const state = (name: string): number => figures.get(`stagedoor_database_pool_connections{state="${name}"}`)!;
    expect(state('busy') + state('idle')).toBeGreaterThanOrEqual(1);
    expect(figures.get('stagedoor_database_pool_waiting')).toBe(0);
    expect(figures.get('stagedoor_password_hashes_running')).toBe(0);
    expect(figures.get('stagedoor_password_hashes_shed_total')).toBe(0);
    expect(figures.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(figures.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(figures.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
    expect([...figures.keys()].filter((name) => name.startsWith('stagedoor_build_info{version='))).toHaveLength(1);
    const own = [...figures].filter(([name]) => name.startsWith('stagedoor_'));
    for (const [name, value] of own) expect(Number.isFinite(value), name).toBe(true);
  });

  it('follows the naming rules that promtool checks', async () => {
    const { text } = await app.http.get('/metrics');
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
    expect(types.size).toBeGreaterThan(20);
    for (const [name, type] of types) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(text, name).toContain(`# HELP ${name} `);
    }
    const withQuantile = [...text.matchAll(/^([a-z0-9_]+)\{[^}]*\bquantile=/gm)].map(([, name]) => name);
    expect(withQuantile.filter((name) => types.get(name) !== 'summary')).toEqual([]);
  });

  it('contains no personal data: no address, e-mail, id or key', async () => {
    const account = await insertAccount(database);
    await app.http.get(`/api/users/${account.id}?email=${account.email}`);
    const { text } = await app.http.get('/metrics');
    expect(text).not.toMatch(/@|sk_live|[0-9a-f]{8}-[0-9a-f]{4}|127\.0\.0\.1/);
  });

  describe('its dashboard and its documentation', () => {
    const read = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
    const dashboard = read('grafana-dashboard.json');
    const NAME = /\b(?:stagedoor|process|nodejs)_[a-z0-9_]+/g;
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
    });

    it('alert on metrics that are exported, each rule with a severity and a sentence', () => {
      const rules = read('prometheus-alerts.yml')
        .split(/^ +- alert: /m)
        .slice(1);
      expect(rules.length).toBeGreaterThan(5);
      expect(new Set(rules.map((rule) => rule.split('\n', 1)[0])).size).toBe(rules.length);
      const known = new Set(exported.flatMap((name) => [name, `${name}_bucket`, `${name}_count`]));
      for (const rule of rules) {
        expect(rule).toMatch(/labels: \{ severity: (?:critical|warning) \}\n +annotations:\n +summary: '.+'/);
        expect((rule.match(NAME) ?? []).filter((name) => !known.has(name))).toEqual([]);
      }
    });

    it('show every metric of Stagedoor’s own', () => {
      const own = exported.filter((name) => name.startsWith('stagedoor_'));
      expect(own.filter((name) => !dashboard.includes(name))).toEqual([]);
    });

    it('explain every metric of Stagedoor’s own, and none that is not exported', () => {
      const explained = [...read('watch.md').matchAll(/^\| `((?:stagedoor|process|nodejs)_[a-z0-9_]+)` \|/gm)].map(
        ([, name]) => name,
      );
      expect(explained.filter((name) => !exported.includes(name))).toEqual([]);
      const own = exported.filter((name) => name.startsWith('stagedoor_'));
      expect(own.filter((name) => !explained.includes(name))).toEqual([]);
    });
  });
});

describe('/metrics with METRICS_PORT', () => {
  let app: TestApp;
  let metrics: HttpClient;
  beforeAll(async () => {
    app = await startApp({ env: { METRICS_ENABLED: 'true', METRICS_PORT: '0' } });
    metrics = new HttpClient(new URL(app.nest.get(MetricsServer).url).origin);
  });
  afterAll(() => app.close());

  it('is served on that port, whatever the query', async () => {
    const answer = await metrics.get('/metrics?module=probe');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(figuresOf(answer.text).get('stagedoor_database_pool_max')).toBeGreaterThan(0);
  });

  it('is unknown on the port of the API', async () => {
    expectRefusal(await app.http.get('/metrics'), 404, 'route_not_found');
  });

  it.each(['/', '/metrics/', '/%6detrics', '/health/live', '/api/users/me'])('serves no %s there', async (path) => {
    expect((await metrics.get(path)).status).toBe(404);
  });

  it('is read only', async () => {
    const answer = await metrics.post('/metrics', {});
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('does not let a client that sends nothing delay the shutdown', async () => {
    const leaving = await startApp({ env: { METRICS_ENABLED: 'true', METRICS_PORT: '0' } });
    const silent = await RawConnection.open(new URL(leaving.nest.get(MetricsServer).url).origin);
    await leaving.close();
    await silent.closed;
  });

  it('refuses a port that is in use, and names both settings', async () => {
    const { port } = new URL(app.url);
    const start = startApp({ env: { METRICS_ENABLED: 'true', METRICS_PORT: port } });
    await expect(start).rejects.toThrow(
      /^Cannot listen on METRICS_HOST "127\.0\.0\.1" and METRICS_PORT \d+ \(.*EADDRINUSE/,
    );
  });
});

describe('what attackers cause', () => {
  it('is counted: failed logins and refusals', async () => {
    const env = { METRICS_ENABLED: 'true', RATE_LIMIT_ENABLED: 'true', RATE_LIMITS: 'login-network:2/60' };
    const app = await startApp({ env });
    for (let n = 0; n < 3; n++) {
      await app.http.post('/api/auth/login', { json: { email: 'nobody@example.com', password: 'not-the-password' } });
    }
    const figures = await scrape(app);
    await app.close();
    expect(figures.get('stagedoor_security_events_total{event="login.failed"}')).toBe(2);
    expect(figures.get('stagedoor_security_events_total{event="login.throttled"}')).toBe(1);
    expect(figures.get('stagedoor_rate_limited_total{limit="login-network"}')).toBe(1);
  });
});

describe('/metrics where sessions cannot be counted', () => {
  it('answers without the count', async () => {
    const database = await openTestDatabase({ disposable: true });
    const app = await startApp({ database, env: { METRICS_ENABLED: 'true' } });
    await database.query('ALTER TABLE sessions RENAME TO out_of_reach');
    const answer = await app.http.get('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('process_cpu_seconds_total');
    expect(figuresOf(answer.text).get('stagedoor_sessions{state="live"}')).toBeUndefined();
    await app.close();
    await database.close();
  });
});
