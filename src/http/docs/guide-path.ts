/** Where the server shows `docs/frontend.md`. */
export const GUIDE_PATH = '/docs/guide';
/** Where it shows the reference of all errors. */
export const ERRORS_PATH = '/docs/errors';
