import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { databaseUrlProblem } from './database-url.js';
import { decodeText, NOT_TEXT } from './decode-text.js';

/** Reads settings one by one and collects every problem, so that an operator sees all of them at once. */
export class SettingsReader {
  readonly problems: string[];
  /** Every setting that was read, whether it is set or not. */
  readonly names = new Set<string>();
  private readonly invalid = new Set<string>();

  constructor(
    private readonly env: Readonly<Record<string, string | undefined>>,
    problems: readonly string[] = [],
  ) {
    this.problems = [...problems];
  }

  /** Adds a problem that concerns more than one setting, or that the caller found. */
  report(problem: string): void {
    this.problems.push(problem);
  }

  /** Whether a problem with this very setting was reported already. */
  isInvalid(name: string): boolean {
    return this.invalid.has(name);
  }

  /** Whether a secret is given, by its value or by a file. */
  isSet(name: string): boolean {
    return this.optionalString(name) !== undefined || this.optionalString(`${name}_FILE`) !== undefined;
  }

  /** The trimmed value; undefined where it is unset or blank. */
  optionalString(name: string): string | undefined {
    const value = this.value(name)?.trim();
    return value === '' ? undefined : value;
  }

  string(name: string, defaultValue: string): string {
    return this.optionalString(name) ?? defaultValue;
  }

  /** A secret of at least `minBytes`. It is never trimmed, and no problem repeats it. */
  secret(name: string, minBytes: number): string | undefined {
    return this.checkedSecret(name, (value) =>
      Buffer.byteLength(value) < minBytes ? `must have at least ${minBytes} bytes` : undefined,
    );
  }

  /** A secret checked by `problemOf`, which returns what follows the setting's name ("must …"), or undefined. */
  checkedSecret(name: string, problemOf: (secret: string) => string | undefined): string | undefined {
    const value = this.secretValue(name);
    if (value === undefined) return undefined;
    const problem = problemOf(value);
    return problem === undefined ? value : this.reject(name, problem, undefined);
  }

  integer(name: string, defaultValue: number, min: number, max: number): number {
    const value = this.optionalString(name);
    if (value === undefined) return defaultValue;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    return this.reject(name, `must be an integer from ${min} to ${max}, not ${JSON.stringify(value)}`, defaultValue);
  }

  /** As {@link integer}, without a default. */
  optionalInteger(name: string, min: number, max: number): number | undefined {
    return this.optionalString(name) === undefined ? undefined : this.integer(name, min, min, max);
  }

  boolean(name: string, defaultValue: boolean): boolean {
    return this.oneOf(name, ['true', 'false'], defaultValue ? 'true' : 'false') === 'true';
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], defaultValue: T): T {
    const value = this.optionalString(name);
    if (value === undefined) return defaultValue;
    const match = allowed.find((candidate) => candidate === value);
    return (
      match ?? this.reject(name, `must be one of ${allowed.join(', ')}, not ${JSON.stringify(value)}`, defaultValue)
    );
  }

  /** The parts between commas, trimmed. Empty ones are left out. */
  list(name: string): string[] {
    const parts = (this.optionalString(name) ?? '').split(',').map((part) => part.trim());
    return parts.filter((part) => part !== '');
  }

  /** A URL of one of these protocols. */
  url(name: string, protocols: readonly string[]): string | undefined {
    const value = this.optionalString(name);
    const problem = value === undefined ? undefined : urlProblem(value, protocols);
    return problem === undefined ? value : this.reject(name, problem, undefined);
  }

  /** The URL of a server or of a path on it, without a slash at the end. */
  publicUrl(name: string): string | undefined {
    const value = this.url(name, ['http:', 'https:']);
    if (value === undefined) return undefined;
    const { username, password, search, hash, href } = new URL(value);
    if (`${username}${password}${search}${hash}` === '') return href.replace(/\/+$/, '');
    return this.reject(name, 'must be a URL without a user, a query and a fragment', undefined);
  }

  /** The URL of a PostgreSQL database. A secret, since it holds a password. */
  databaseUrl(name: string): string | undefined {
    return this.checkedSecret(name, (value) => databaseUrlProblem(value.trim()))?.trim();
  }

  /** A URL that may hold a password. */
  secretUrl(name: string, protocols: readonly string[]): string | undefined {
    return this.checkedSecret(name, (value) => urlProblem(value.trim(), protocols))?.trim();
  }

  origins(name: string): string[] {
    const values = this.list(name);
    for (const value of values) {
      if (!isOrigin(value)) {
        const examples = 'https://app.example, https://*.app.example or capacitor://localhost';
        this.reject(name, `must list origins such as ${examples}, not ${JSON.stringify(value)}`, value);
      }
    }
    return values;
  }

  trustProxy(name: string): boolean | number | string {
    const value = this.optionalString(name) ?? 'false';
    if (value === 'true' || value === 'false') return value === 'true';
    if (/^\d{1,2}$/.test(value)) return Number(value);
    const ranges = ['loopback', 'linklocal', 'uniquelocal'];
    if (value.split(',').every((part) => ranges.includes(part.trim()) || isAddressOrNetwork(part.trim()))) return value;
    return this.reject(name, 'must be true, false, a number of proxies, or their addresses (10.0.0.0/8, …)', false);
  }

  private value(name: string): string | undefined {
    this.names.add(name);
    return this.env[name];
  }

  /**
   * The value of `NAME`, or the content of the file that `NAME_FILE` names, without its last line break: the way
   * secrets reach a container as files.
   */
  private secretValue(name: string): string | undefined {
    const value = this.value(name);
    const isSet = value !== undefined && value.trim() !== '';
    const fileName = `${name}_FILE`;
    const path = this.optionalString(fileName);
    if (path === undefined) return isSet ? value : undefined;
    const content = isSet ? { problem: `and ${name} are both set: unset one of them` } : readSecretFile(path);
    if (content.value !== undefined) return content.value;
    this.invalid.add(name);
    return this.reject(fileName, content.problem, undefined);
  }

  /** Reports a problem with this very setting, and returns what stands for its value. */
  reject<T>(name: string, problem: string, instead: T): T {
    this.invalid.add(name);
    this.report(`${name} ${problem}`);
    return instead;
  }
}

type SecretFile =
  { readonly value: string; readonly problem?: never } | { readonly value?: never; readonly problem: string };

function readSecretFile(path: string): SecretFile {
  try {
    const value = decodeText(readFileSync(path)).replace(/\r?\n$/, '');
    return value.trim() === '' ? { problem: `names the file ${path}, which is empty` } : { value };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    if (code === NOT_TEXT) return { problem: `names the file ${path}, which is not encoded in UTF-8` };
    return { problem: `names the file ${path}, which cannot be read (${code})` };
  }
}

/** Without shortened IPv4: the number 100 would be the address 0.0.0.100. */
function isAddressOrNetwork(text: string): boolean {
  const [address = ''] = text.split('/');
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  return isAddress && (address === text || ipaddr.isValidCIDR(text));
}

function urlProblem(value: string, protocols: readonly string[]): string | undefined {
  if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return undefined;
  return `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
}

/** Schemes whose pages have no origin of this form. */
const NO_APP_SCHEMES: ReadonlySet<string> = new Set(['file:', 'ws:', 'wss:', 'ftp:', 'data:', 'blob:', 'javascript:']);

/**
 * Whether a browser sends this as an `Origin`: a scheme, a host and a port that is not the default, in lower case. A
 * leading `*.` stands for subdomains of a domain with a dot. Apps have schemes of their own: `capacitor://localhost`.
 */
function isOrigin(value: string): boolean {
  const origin = value.replace('://*.', '://wildcard.');
  const isWildcard = origin !== value;
  if (origin.includes('*') || !URL.canParse(origin)) return false;
  const { protocol, host, hostname, origin: parsed } = new URL(origin);
  if (isWildcard && hostname.split('.').length < 3) return false;
  if (protocol === 'http:' || protocol === 'https:') return parsed === origin;
  return !NO_APP_SCHEMES.has(protocol) && host !== '' && `${protocol}//${host}` === origin;
}
