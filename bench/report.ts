import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { TableSize } from './database.js';
import { median, type Turn } from './drive.js';
import type { Row } from './rows.js';
import type { Settings } from './settings.js';

const COLUMNS = [
  'work',
  'compared with',
  'req/s (spread)',
  'other req/s',
  'p50 ms',
  'p99 ms',
  'CPU s/1,000',
  'other',
  'MiB',
  'ratio',
  'goal',
  '',
];

/** The rows as a Markdown table. */
export function toTable(rows: readonly Row[]): string {
  const lines = rows.map((row) => [
    row.work,
    row.comparedWith,
    rate(row.stagedoor),
    rate(row.other),
    pair(row, (turn) => turn.p50Ms),
    pair(row, (turn) => turn.p99Ms),
    of(row.stagedoor, (turn) => turn.cpuSecondsPer1000),
    of(row.other, (turn) => turn.cpuSecondsPer1000),
    of(row.stagedoor, (turn) => turn.memoryMib, 0),
    row.measured.toFixed(2),
    row.goal,
    row.isMet ? 'met' : 'MISSED',
  ]);
  return [COLUMNS, COLUMNS.map(() => '---'), ...lines].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function rate(turns: readonly Turn[] | undefined): string {
  if (!turns || turns.length === 0) return '';
  const rates = turns.map((turn) => turn.rate);
  const middle = median(rates);
  const spread = Math.round(((Math.max(...rates) - Math.min(...rates)) / middle) * 100);
  return `${middle >= 100 ? Math.round(middle) : middle.toFixed(1)} (${spread} %)`;
}

function pair(row: Row, pick: (turn: Turn) => number): string {
  return [of(row.stagedoor, pick, 1), of(row.other, pick, 1)].filter((text) => text !== '').join(' / ');
}

function of(turns: readonly Turn[] | undefined, pick: (turn: Turn) => number | undefined, digits = 2): string {
  const numbers = (turns ?? []).map(pick).filter((value) => value !== undefined);
  return numbers.length === 0 ? '' : median(numbers).toFixed(digits);
}

/** Writes `latest.json` and a copy named after the time. Returns the path of the copy. */
export function writeResults(
  folder: string,
  settings: Settings,
  rows: readonly Row[],
  sizes: readonly TableSize[],
): string {
  const at = new Date().toISOString();
  const { users, artists, expiredSessions, seconds, rounds, connections, hashConcurrency } = settings;
  const machine = {
    node: process.version,
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryMib: Math.round(totalmem() / 2 ** 20),
  };
  const run = { users, artists, expiredSessions, seconds, rounds, connections, hashConcurrency };
  const text = `${JSON.stringify({ at, machine, run, rows, sizes }, null, 2)}\n`;
  mkdirSync(folder, { recursive: true });
  const path = `${folder}/${at.replace(/\W/g, '')}.json`;
  for (const name of [path, `${folder}/latest.json`]) writeFileSync(name, text);
  return path;
}
