/** Runs `load` so that node-gyp-build passes over binaries that were compiled here, and takes a prebuilt one. */
export function withPrebuiltBinaries<T>(load: () => T): T {
  const before = process.env['PREBUILDS_ONLY'];
  process.env['PREBUILDS_ONLY'] = '1';
  try {
    return load();
  } finally {
    if (before === undefined) delete process.env['PREBUILDS_ONLY'];
    else process.env['PREBUILDS_ONLY'] = before;
  }
}
