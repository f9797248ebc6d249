/*
 * Preloaded into the server. As soon as it has made its data folder, it gets the signal that TEST_SIGNAL names; it goes
 * on once it has heard it. So the start is never over before, on however fast a machine.
 */
const { once } = require('node:events');
const fs = require('node:fs/promises');
const { syncBuiltinESMExports } = require('node:module');
const { clearInterval, setInterval } = require('node:timers');

const { DATA_DIR, TEST_SIGNAL } = process.env;
const { mkdir } = fs;

fs.mkdir = async (path, ...rest) => {
  const made = await mkdir(path, ...rest);
  if (path === DATA_DIR) {
    const heard = once(process, TEST_SIGNAL);
    // To wait for a signal does not keep a process running.
    const running = setInterval(() => undefined, 1000);
    process.kill(process.pid, TEST_SIGNAL);
    await heard;
    clearInterval(running);
  }
  return made;
};
syncBuiltinESMExports();
