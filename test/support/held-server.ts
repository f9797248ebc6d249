import { resolve } from 'node:path';
import type { ServerProcess } from './server-process.js';

/** Starts the built server so that {@link holdHashingOf} can hold its hashing. */
export const HOLDABLE = [
  process.execPath,
  '--require',
  resolve(import.meta.dirname, 'held-hashing.cjs'),
  'dist/start.cjs',
];

/** Lets no verification of a password that begins from now on end before `release`. Once for a server. */
export async function holdHashingOf(server: ServerProcess): Promise<{ begun(): Promise<void>; release(): void }> {
  server.signal('SIGUSR2');
  await server.says('Verifications are held');
  return { begun: () => server.says('A verification is held'), release: () => server.signal('SIGUSR2') };
}
