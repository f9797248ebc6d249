/*
 * Preloaded into the server. On SIGUSR2 it starts as many hashes as the server runs at a time, each of which takes
 * weeks, and then looks a name up and reads a file. Logs each of the two when it is done.
 */
const ARGON2 = require.resolve('argon2');
const { lookup } = require('node:dns');
const { readFile } = require('node:fs');

const WEEKS = { memoryCost: 1024, timeCost: 2 ** 32 - 1, parallelism: 1 };

const log = (what) => (error) => console.log(JSON.stringify({ msg: error ? String(error) : what }));

process.on('SIGUSR2', () => {
  const argon2 = require(ARGON2);
  for (let n = 0; n < Number(process.env.HASH_CONCURRENCY); n++) {
    argon2.hash('password', WEEKS).then(log('a hash that takes weeks is done'), log('a hash failed'));
  }
  lookup('localhost', log('the name is looked up'));
  readFile(ARGON2, log('the file is read'));
});
