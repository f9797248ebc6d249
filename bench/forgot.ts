import { emailOf } from './database.js';
import { median } from './drive.js';
import type { Row } from './rows.js';
import type { Server } from './servers.js';

const REQUESTS = 1000;
/** How far the medians may be apart: what two series of the same request differ by. */
const NOISE = 0.1;

/** The time of a request for a password reset, of addresses with an account and of others, in turn. */
export async function forgotRow({ url }: Server): Promise<Row> {
  const [known, unknown]: [number[], number[]] = [[], []];
  for (let n = 1; n <= REQUESTS; n++) {
    known.push(await secondsOf(url, emailOf(n)));
    unknown.push(await secondsOf(url, `nobody${n}@bench.example`));
  }
  const measured = median(known) / median(unknown);
  return {
    work: 'POST /api/auth/password/forgot, address with an account',
    comparedWith: 'address without one, median time',
    goal: `${1 - NOISE} to ${1 + NOISE} ×`,
    measured,
    isMet: Math.abs(measured - 1) <= NOISE,
  };
}

async function secondsOf(url: string, email: string): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${url}/api/auth/password/forgot`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email }),
  });
  if (response.status !== 202) throw new Error(`forgot responded with ${response.status}: ${await response.text()}`);
  await response.text();
  return (performance.now() - startedAt) / 1000;
}
