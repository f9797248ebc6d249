import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API } from '../../src/contracts/api/api.contract.js';
import { API_EXAMPLES } from '../../src/contracts/api/api.examples.js';
import { ARTIST_ID } from '../../src/http/docs/example-values.js';
import { operationsIn } from '../../src/http/docs/operations-in.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { ServerProcess } from '../support/server-process.js';

interface Sample {
  readonly operationId: string;
  /** What the document says of a success. */
  readonly status: string;
  readonly lang: string;
  readonly label: string;
  readonly source: string;
}

/** Runs a program, and finds the status of the response in what it prints. */
const LANGUAGES = [
  ['Shell', 'bash', ['-c'], /^HTTP\/1\.1 (\d+)/, 'curl'],
  ['JavaScript', process.execPath, ['--input-type=module', '-e'], /^(\d+) /, process.execPath],
  ['Python', 'python3', ['-c'], /^(\d+) /, 'python3'],
] as const;

const isInstalled = (program: string): boolean => spawnSync(program, ['--version']).status === 0;

describe('the code samples of the OpenAPI document', () => {
  let server: ServerProcess;
  let folder: string;
  let http: HttpClient;
  let samples: Sample[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-samples-'));
    server = ServerProcess.start({ DATA_DIR: join(folder, 'data'), RATE_LIMIT_ENABLED: 'false' });
    http = await server.http();
    samples = samplesIn((await http.get('/openapi/api.json')).body as unknown as OpenAPIObject);
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('are there in each language for each operation that the contract names', () => {
    for (const [lang] of LANGUAGES) {
      const sampled = samples.filter((sample) => sample.lang === lang && !sample.label.includes('API key'));
      expect(sampled.map(({ operationId }) => operationId).sort()).toEqual([...(API.codeSamples ?? [])].sort());
    }
    const withKey = samples.filter(({ label }) => label === 'curl with an API key');
    expect(withKey.map(({ operationId }) => operationId)).toContain('listArtists');
  });

  for (const [lang, program, options, status, needed] of LANGUAGES) {
    it.skipIf(!isInstalled(needed))(`get the documented status in ${lang}`, async () => {
      for (const sample of samples.filter((one) => one.lang === lang)) {
        const source = await filledIn(sample, http);
        const { stdout } = await promisify(execFile)(program, [...options, source], { cwd: folder });
        expect(status.exec(stdout)?.[1], `${sample.operationId}, ${sample.label}: ${stdout}`).toBe(sample.status);
      }
    });
  }
});

function samplesIn(document: OpenAPIObject): Sample[] {
  return operationsIn(document).flatMap(({ operation }) => {
    const { operationId = '', responses } = operation;
    const { 'x-codeSamples': samples = [] } = operation as {
      'x-codeSamples'?: Omit<Sample, 'operationId' | 'status'>[];
    };
    const status = Object.keys(responses).find((one) => one.startsWith('2')) ?? '';
    return samples.map((sample) => ({ ...sample, operationId, status }));
  });
}

/** A sample with the credentials, ids and version of a new user with an artist. */
async function filledIn({ operationId, source }: Sample, http: HttpClient): Promise<string> {
  const email = freshEmail();
  const signUp = await http.post('/api/auth/signup', { json: { email, name: 'John Doe', password: PASSWORD } });
  const { token, refreshToken } = signUp.body.data;
  const headers = bearer(token);
  const artist = await http.post('/api/artists', { headers, json: { name: 'The Midnight Duo' } });
  const { id } = artist.body.data;
  const read = await http.get(`/api/artists/${id}`, { headers });
  const scopes = ['profile:read', 'artists:read', 'artists:write'];
  const key = await http.post('/api/auth/keys', { headers, json: { scopes } });
  const values: Record<string, string> = {
    YOUR_ACCESS_TOKEN: token,
    YOUR_API_KEY: key.body.data.apiKey,
    [(API_EXAMPLES['refresh']?.request as { refreshToken: string }).refreshToken]: refreshToken,
    [ARTIST_ID]: id,
    [String.raw`\"3\"`]: JSON.stringify(read.headers.get('etag')).slice(1, -1),
    '"3"': read.headers.get('etag') ?? '',
    'john@example.com': operationId === 'signUp' ? freshEmail() : email,
  };
  return Object.entries(values).reduce((text, [example, value]) => text.replaceAll(example, value), source);
}
