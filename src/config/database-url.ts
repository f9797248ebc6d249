import { accessSync, constants } from 'node:fs';

const PROTOCOL = /^postgres(?:ql)?:\/\//;

/**
 * What is wrong with the value of `DATABASE_URL`, as a sentence that follows its name and never repeats the value, which
 * holds a password; undefined for a URL that the driver can use.
 */
export function databaseUrlProblem(value: string): string | undefined {
  if (!PROTOCOL.test(value)) return 'must be a URL that starts with postgres:// or postgresql://';
  if (HOST_LISTS.some((list) => list.test(value))) return SEVERAL_HOSTS;
  if (/%(?![0-9a-f]{2})/i.test(value)) return `contains a % that starts no percent-encoded character: ${ENCODE}`;
  // As the driver and libpq do, accepts an empty host: the query then names one, or a directory with a socket.
  const withHost = value.replace('@/', '@localhost/').replace(':///', '://localhost/');
  if (!URL.canParse(withHost)) return `is not a valid URL: ${ENCODE}`;
  const { pathname, hash, searchParams } = new URL(withHost);
  const hasStrayAt = [pathname, hash, ...searchParams.keys()].some((part) => part.includes('@'));
  return hasStrayAt ? `has an @ after its host: ${ENCODE}` : certificateProblem(searchParams);
}

const ENCODE = 'percent-encode special characters of the password (@ as %40, / as %2F, # as %23, ? as %3F, % as %25)';

const SEVERAL_HOSTS =
  'names several hosts: name one address that always leads to the primary, such as that of HAProxy ' +
  '(docs/failover.md)';

/** As libpq takes them: `host1:5432,host2:5432`, or as parameters. A comma before an @ belongs to the password. */
const HOST_LISTS = [
  /^\w+:\/\/(?:[^/?#]*@)?[^/?#@]*,[^/?#@]*(?:[/?#][^@]*)?$/,
  /[?&](?:host|hostaddr|port)=[^&#]*(?:,|%2c)/i,
];

const TLS_FILES = ['sslrootcert', 'sslcert', 'sslkey'];

function certificateProblem(parameters: URLSearchParams): string | undefined {
  for (const name of TLS_FILES) {
    const path = parameters.get(name);
    if (path === null) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (error) {
      const { code = 'unknown error' } = error as NodeJS.ErrnoException;
      return `names ${JSON.stringify(path)} as ${name}, which cannot be read (${code}): correct the path or its mode`;
    }
  }
  return undefined;
}
