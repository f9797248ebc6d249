import { setTimeout as pause } from 'node:timers/promises';
import { drive, median, type Turn } from '../drive.js';
import { areStopping, type Server } from '../servers.js';
import type { Settings } from '../settings.js';
import { type Peer, type Requests, send } from './peer.js';

/** A figure of each peer, in the order of the peers; undefined where it failed. */
export interface PeerRow {
  readonly work: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly cells: readonly (Cell | undefined)[];
}

interface Cell {
  /** What is compared. */
  readonly value: number;
  readonly text: string;
}

export interface Contestant {
  readonly peer: Peer;
  readonly server: Server;
  readonly requests: Requests;
}

/** Logins in flight while others read their profiles. */
const FLOOD = 64;
/** Profiles a second meanwhile, over four connections. */
const BESIDE = { connections: 4, rate: 50 };

const rounded = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

/** Requests a second, with the 99th percentile of their time. */
export function throughput(work: string, which: keyof Requests, settings: Settings) {
  return (contestants: readonly Contestant[]): Promise<PeerRow> =>
    inTurn(work, 'req/s (p99 ms)', 'more', contestants, settings, ({ server, requests }) =>
      drive(server, requests[which], settings),
    ).then(({ turns, ...row }) => ({
      ...row,
      cells: turns.map((own) => {
        if (own.length === 0) return undefined;
        const value = median(own.map(({ rate }) => rate));
        return { value, text: `${rounded(value)} (${rounded(median(own.map(({ p99Ms }) => p99Ms)))})` };
      }),
    }));
}

/** How long profiles take while logins are in flight, 50th and 99th percentile. */
export async function beside(contestants: readonly Contestant[], settings: Settings): Promise<PeerRow> {
  const work = `own profile while ${FLOOD} log in at once`;
  const { turns, ...row } = await inTurn(work, 'p50 / p99 ms', 'less', contestants, settings, async (contestant) => {
    const { server, requests } = contestant;
    let isOver = false;
    const logIn = async (first: number): Promise<void> => {
      for (let n = first; !isOver; n++) {
        const request = requests.login[n % requests.login.length];
        if (request) await send(server, request);
      }
    };
    const logins = Promise.all(Array.from({ length: FLOOD }, (_, n) => logIn(n)));
    // Awaited below.
    logins.catch(() => undefined);
    try {
      return await drive(server, requests.profile, { ...BESIDE, seconds: settings.seconds });
    } finally {
      isOver = true;
      await logins;
    }
  });
  return {
    ...row,
    cells: turns.map((own) => {
      if (own.length === 0) return undefined;
      const value = median(own.map(({ p99Ms }) => p99Ms));
      return { value, text: `${rounded(median(own.map(({ p50Ms }) => p50Ms)))} / ${rounded(value)}` };
    }),
  };
}

interface Turns {
  readonly work: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly turns: readonly (readonly Turn[])[];
}

/** One round of each after the other, so that a change of the machine's speed affects all. */
async function inTurn(
  work: string,
  unit: string,
  better: 'more' | 'less',
  contestants: readonly Contestant[],
  { rounds }: Settings,
  measure: (contestant: Contestant) => Promise<Turn>,
): Promise<Turns> {
  const turns = contestants.map((): Turn[] => []);
  const failed = new Set<Contestant>();
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    for (const [i, contestant] of contestants.entries()) {
      if (failed.has(contestant)) continue;
      try {
        const turn = await measure(contestant);
        if (Number.isNaN(turn.p99Ms)) throw new Error('no response within the round');
        if (round > 0) turns[i]?.push(turn);
      } catch (error) {
        if (areStopping()) throw error;
        process.stderr.write(`${contestant.peer.name}, ${work}: ${String(error)}\n`);
        failed.add(contestant);
        turns[i]?.splice(0);
      }
    }
  }
  return { work, unit, better, turns };
}

/** From process to ready on a database that is there, and the memory two seconds later. */
export async function starts(peers: readonly Peer[], { rounds }: Settings): Promise<PeerRow[]> {
  const ready = peers.map((): number[] => []);
  const idle = peers.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, peer] of peers.entries()) {
      const server = await peer.start();
      await pause(2000);
      ready[i]?.push(server.readyAfterMs);
      idle[i]?.push(server.memoryMib() ?? Number.NaN);
      await server.stop();
    }
  }
  const cells = (figures: readonly number[][]): Cell[] =>
    figures.map((own) => ({ value: median(own), text: median(own).toFixed(0) }));
  return [
    { work: 'start to ready', unit: 'ms', better: 'less', cells: cells(ready) },
    { work: 'idle memory', unit: 'MiB, resident', better: 'less', cells: cells(idle) },
  ];
}
