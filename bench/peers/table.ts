import type { PeerRow } from './measure.js';
import type { Peer } from './peer.js';

/** The rows as a Markdown table, and below it what a peer does differently and where Stagedoor, the first, is behind. */
export function peerTable(peers: readonly Peer[], rows: readonly PeerRow[]): string {
  const lines = [
    ['work', ...peers.map(({ name, version }) => `${name} ${version}`)],
    ['---', ...peers.map(() => '---')],
    ['password hashes', ...peers.map(({ hashing }) => hashing)],
    ...rows.map(({ work, unit, cells }) => [`${work}, ${unit}`, ...cells.map((cell) => cell?.text ?? 'failed')]),
  ];
  const table = lines.map((line) => `| ${line.join(' | ')} |`);
  const reservations = peers.flatMap(({ name, reservations = {} }) =>
    Object.entries(reservations).map(([work, text]) => `- ${name}, ${work}: ${text}.`),
  );
  return [...table, '', ...reservations, ...rows.flatMap((row) => behind(peers, row))].join('\n');
}

function behind(peers: readonly Peer[], { work, better, cells }: PeerRow): string[] {
  const [own, ...others] = cells;
  if (!own) return [`- Stagedoor failed at: ${work}.`];
  const isBehind = (other: number): boolean => (better === 'more' ? other > own.value : other < own.value);
  return others.flatMap((cell, i) =>
    cell && isBehind(cell.value)
      ? [`- Stagedoor is behind ${peers[i + 1]?.name} at: ${work} (${own.text} against ${cell.text}).`]
      : [],
  );
}
