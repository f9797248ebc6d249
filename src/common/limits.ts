/** Bytes of a request body: 100 KB. */
export const BODY_LIMIT = 102_400;
/** Levels of nested objects and arrays in a JSON body. */
export const DEPTH_MAX = 32;
/** Objects and arrays in a JSON body. Validation copies and walks each of them. */
export const CONTAINERS_MAX = 1000;
/** The same limit for one line of an upload. A line of `BODY_LIMIT` bytes has room for about 6,000 useful ones. */
export const LINE_CONTAINERS_MAX = 10_000;
/** Bytes of the request line and all headers together. */
export const HEADERS_LIMIT = 16_384;
/** Characters of a URL's path and query. */
export const URL_LIMIT = 8192;
/** Characters of a parameter in the path, such as an id. */
export const PATH_PARAMETER_LIMIT = 512;

/** Problems of one input that an error lists; the rest are only counted. */
export const PROBLEMS_MAX = 10;

export const API_KEYS_PER_USER_MAX = 100;
export const PASSKEYS_PER_USER_MAX = 20;

/** Aliases of an artist, and identifiers of an artist or song. A merge may exceed them. */
export const ALIASES_MAX = 50;
export const IDENTIFIERS_MAX = 50;
