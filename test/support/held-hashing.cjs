/*
 * Preloaded into the server. On SIGUSR2 it holds every verification of a password that begins, and on the next SIGUSR2
 * lets them end. Logs each step.
 */
const ARGON2 = require.resolve('argon2');

const log = (msg) => console.log(JSON.stringify({ msg }));

let release;

process.on('SIGUSR2', () => {
  if (release) return release();
  const argon2 = require(ARGON2);
  const { verify } = argon2;
  const gate = new Promise((resolve) => {
    release = () => {
      argon2.verify = verify;
      release = undefined;
      resolve();
    };
  });
  argon2.verify = async (...args) => {
    log('A verification is held');
    await gate;
    return verify(...args);
  };
  log('Verifications are held');
});
