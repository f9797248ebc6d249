import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config/read-config.js';
import { type Manifest, manifestProblems } from '../support/kubernetes.js';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly [field: string]: unknown;
}

describe('deploy/kubernetes.yaml', () => {
  const manifests = parseAllDocuments(read('deploy/kubernetes.yaml')).map((document) => document.toJS() as Manifest);
  const pod = (manifests[0]?.spec as { template: { spec: Record<string, unknown> & { containers: Container[] } } })
    .template.spec;
  const [container] = pod.containers;

  it('holds a deployment, its service and its disruption budget', () => {
    expect(manifests.map(({ apiVersion, kind }) => [apiVersion, kind])).toEqual([
      ['apps/v1', 'Deployment'],
      ['v1', 'Service'],
      ['policy/v1', 'PodDisruptionBudget'],
    ]);
  });

  it('has the fields and types of the API of Kubernetes', () => {
    expect(manifestProblems(manifests)).toEqual([]);
  });

  it('would fail with a misspelled field or a value of a wrong type', () => {
    const broken = manifests.map(({ spec, ...rest }) => ({ ...rest, spec: { ...spec, replicaz: 2 } }));
    const text = { ...manifests[0], spec: { ...manifests[0].spec, replicas: '2' } };
    expect(manifestProblems([...broken, text])).toEqual([
      ...manifests.map(({ kind }) => expect.stringContaining(`'"replicaz"' does not exist in type '${kind}Spec'`)),
      "Type 'string' is not assignable to type 'number'.",
    ]);
  });

  it('sets only what Stagedoor accepts', () => {
    const env = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
    const secrets = Object.keys(env).filter((name) => name.endsWith('_FILE'));
    expect(secrets).toEqual(['DATABASE_URL_FILE', 'APP_SECRET_FILE', 'REDIS_URL_FILE']);
    for (const name of secrets) delete env[name];
    expect(readConfig(env).warnings).toEqual([]);
  });

  it('probes health, runs as no root and writes nothing but /tmp', () => {
    expect(container).toMatchObject({
      startupProbe: { httpGet: { path: '/health/live' } },
      livenessProbe: { httpGet: { path: '/health/live' } },
      readinessProbe: { httpGet: { path: '/health/ready' } },
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      resources: { limits: { memory: expect.any(String) } },
    });
    expect(pod['securityContext']).toMatchObject({ runAsNonRoot: true });
  });
});

describe('docker-compose.yml', () => {
  const { services } = parseAllDocuments(read('docker-compose.yml'), { merge: true })[0]?.toJS() as {
    services: Record<string, Record<string, unknown>>;
  };

  it('passes every setting of .env on to Stagedoor', () => {
    expect(services['app']?.['env_file']).toEqual([{ path: '.env', required: false }]);
  });

  it.each(Object.keys(services))('bounds the memory and the log of %s, and adds no privileges', (name) => {
    expect(services[name]).toMatchObject({
      mem_limit: expect.any(String),
      logging: { options: { 'max-size': expect.any(String) } },
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('gives Stagedoor a read-only file system and no capabilities', () => {
    expect(services['app']).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
  });

  it('runs production, whatever .env says', () => {
    expect(services['app']?.['environment']).toMatchObject({ NODE_ENV: 'production', DATA_DIR: '/data' });
  });

  it('starts Redis as its user, since its entrypoint has no capability to change to it', () => {
    expect(services['redis']).toMatchObject({ user: 'redis', cap_drop: ['ALL'] });
  });

  it('connects as a role that is not the superuser of the database', () => {
    const environment = services['app']?.['environment'] as Record<string, string>;
    expect(environment['DATABASE_URL']).toMatch(/^postgres:\/\/stagedoor:/);
    expect(services['postgres']?.['environment']).not.toHaveProperty('POSTGRES_USER');
    expect(read('deploy/create-role.sh')).toMatch(/^CREATE ROLE stagedoor LOGIN PASSWORD :'password';$/m);
  });
});

describe('deploy/stagedoor.service', () => {
  /** The values of each name, in order. */
  const settings = new Map<string, string[]>();
  for (const [, name = '', value = ''] of read('deploy/stagedoor.service').matchAll(/^(\w+)=(.*)$/gm)) {
    settings.set(name, [...(settings.get(name) ?? []), value]);
  }

  it('starts the server as npm run start:prod does', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(settings.get('ExecStart')).toEqual([`/usr/bin/${scripts['start:prod']}`]);
  });

  it('sets only what Stagedoor accepts, with a file for each secret', () => {
    const pairs = (settings.get('Environment') ?? []).flatMap((line) => line.split(' ')).map((pair) => pair.split('='));
    const [files, others] = [true, false].map((isFile) =>
      pairs.filter(([name = '']) => name.endsWith('_FILE') === isFile),
    );
    expect(files?.map(([, path]) => `${path?.replace('%d/', '')}:/etc/stagedoor/${path?.replace('%d/', '')}`)).toEqual(
      settings.get('LoadCredential'),
    );
    const env = {
      ...Object.fromEntries(others ?? []),
      DATABASE_URL: 'postgres://db/x',
      APP_SECRET: 's3cret-'.repeat(8),
    };
    expect(readConfig(env).warnings).toEqual([]);
  });

  it('waits for a shutdown, and starts the server again until its database is back', () => {
    const { shutdownGraceMs } = readConfig({});
    expect(Number(settings.get('TimeoutStopSec')) * 1000).toBeGreaterThan(shutdownGraceMs);
    expect([settings.get('Restart'), settings.get('StartLimitIntervalSec')]).toEqual([['on-failure'], ['0']]);
  });
});

describe('the health check of the container image', () => {
  const [, json = ''] = /^HEALTHCHECK .*\\\n +CMD (.+)$/m.exec(read('Dockerfile')) ?? [];
  const [program = '', ...args] = JSON.parse(json) as string[];

  /** The exit code of the command for a server on this port. */
  async function check(port: number): Promise<number | null> {
    const command = execFile(program, args, { env: { ...process.env, PORT: String(port) } });
    const [code] = (await once(command, 'close')) as [number | null];
    return code;
  }

  it('succeeds while /health/live is 200', async () => {
    let status = 200;
    const paths: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      paths.push(url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await check(port)).toBe(0);
    status = 503;
    expect(await check(port)).toBe(1);
    server.close();
    await once(server, 'close');
    // No one listens on a port that only a privileged program may have.
    expect(await check(1)).not.toBe(0);
    expect(paths).toEqual(['/health/live', '/health/live']);
  });
});
