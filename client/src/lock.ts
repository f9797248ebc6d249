/** Runs one function at a time. Rejects as the function does. */
export type Lock = <T>(run: () => Promise<T>) => Promise<T>;

/** A Web Lock, which all tabs of an origin share. Where there are none (React Native): one function at a time here. */
export function defaultLock(name: string): Lock {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  if (locks) return (run) => locks.request(name, run);
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const result = last.then(run, run);
    last = result;
    return result;
  };
}
