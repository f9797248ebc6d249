/*
 * The page that the URL names: `#reset`, or `#reset?code=…` from a mail. What follows the `#` is never sent to a server,
 * so a code stays out of logs and Referer headers.
 */

export function currentPage(): string {
  return location.hash.split('?', 1)[0] ?? '';
}

/** The code in the URL; empty where there is none. */
export function codeInUrl(): string {
  return parameterInUrl('code');
}

/** What follows the page in the URL, such as the id in `#artist?id=…`; empty where there is none. */
export function parameterInUrl(name: string): string {
  return new URLSearchParams(location.hash.split('?')[1]).get(name) ?? '';
}
