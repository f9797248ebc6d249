import { argon2, argon2Build, COST } from '../modules/passwords/argon2.js';

/*
 * npm run argon2:measure          node dist/commands/measure-argon2.js
 *   Prints how many passwords are hashed in a second of processor time, and by which binary. With PREBUILDS_ONLY=1 by the
 *   prebuilt one.
 */

const SECONDS = 3;

const hash = (): Promise<string> => argon2.hash('password', COST);
await hash();
const before = process.cpuUsage();
let hashes = 0;
let seconds = 0;
while (seconds < SECONDS) {
  await hash();
  hashes++;
  const { user, system } = process.cpuUsage(before);
  seconds = (user + system) / 1_000_000;
}
process.stdout.write(`argon2, ${argon2Build()}: ${(hashes / seconds).toFixed(1)} hashes a second of processor time\n`);
