import { HASH_COST_MIN } from '../config/hash-cost.js';
import { argon2, argon2Build, argon2id } from '../modules/passwords/argon2.js';

/*
 * npm run argon2:measure          node dist/commands/measure-argon2.js
 *   Prints how many passwords are hashed in a second of processor time at the minimum cost, and by which binary: with
 *   PREBUILDS_ONLY=1, by the prebuilt one.
 */

const SECONDS = 3;

const hash = (): Promise<string> => argon2.hash('password', argon2id(HASH_COST_MIN));
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
