import { API_KEY, KEY_ID } from '../../src/http/docs/example-values.js';

/** What differs from run to run, with what stands for it in an example. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^127\.0\.0\.1$/, '198.51.100.7'],
  [/^127\.0\.0\.0\/24$/, '198.51.100.0/24'],
  [/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/, 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl'],
  [/^sk_live_\w+$/, API_KEY],
  [/^key_\w+$/, KEY_ID],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, '2026-01-31T12:00:00.000Z'],
  [/^person\.[0-9a-f]{12}@example\.com$/, 'john@example.com'],
  [/^person\.[0-9a-f]{12}$/, 'john.doe'],
  [/^[A-Za-z0-9_-]{22}$/, 'AZNcbo86fSGbTF5vfQwbDQ'],
  [/^[A-Za-z0-9_-]{43}$/, 'kq0F51nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw0'],
  [/^\d{6}$/, '492039'],
  [/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/, 'K7QM-2XRT-9FHC'],
];

const FIELDS: Readonly<Record<string, unknown>> = {
  refreshToken: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
  lastFour: 'oTi7',
  secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  uri: 'otpauth://totp/Stagedoor:john%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Stagedoor',
  challenge: 'pZc1nQ0x3hXk2uQ9l0yq5wGT1y1nOe8iYk3m7sV4bT2',
  recoveryCodes: ['7K2QX-M9R4T', 'F8HCV-2N6WD'],
  device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  nextCursor: 'LjAuMDE5MzU0OGQtMWEyYi03YzNkLThlNGYtNWE2YjdjOGQ5ZTBmLjE3MzIzNDU2Nzg5MDA',
  version: '0.2.0',
  uptimeSeconds: 3600,
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  kid: 'Kr5Dq0mC8T1nWcXyZ2bVd7',
  // An object of CBOR without a key.
  attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA',
  signature: 'MEUCIQDx5kN0yq2hXf7vB1mT8sWc3eLr6pZ4uJ9oQaGdHiKtVgIgK3b7n1fXw5yR8sT2uV6zA9cE4gH0jL3mP7qS1vY5xBd',
};

const UUID = /(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])/g;

/** Null and lists without a string hold no chance. */
const isReplaced = (node: unknown): boolean => (Array.isArray(node) ? typeof node[0] === 'string' : node !== null);

/** As WebAuthn encodes it. */
const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());
const encoded = (data: unknown): string => Buffer.from(JSON.stringify(data)).toString('base64url');

const linesIn = (ndjson: string): unknown[] =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
const ndjsonOf = (lines: readonly unknown[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** The same with every id, time, token and address of chance replaced. An id is the same wherever it stands. */
export function withoutChance<T>(value: T): T {
  const ids = new Map<string, string>();
  const idFor = (id: string): string => {
    const known = ids.get(id) ?? `01935c70-2b1c-7e45-8a9d-${String(ids.size + 1).padStart(12, '0')}`;
    ids.set(id, known);
    return known;
  };
  const replace = (node: unknown, name = ''): unknown => {
    if (name in FIELDS && isReplaced(node)) return FIELDS[name];
    if (Array.isArray(node)) return node.map((one) => replace(one));
    if (typeof node === 'object' && node !== null) {
      return Object.fromEntries(Object.entries(node).map(([key, one]) => [key, replace(one, key)]));
    }
    if (typeof node !== 'string') return node;
    if (name === 'clientDataJSON') return encoded(replace(decoded(node)));
    if (node.endsWith('}\n')) return ndjsonOf(linesIn(node).map((line) => replace(line)));
    const withIds = node.replaceAll(UUID, idFor);
    if (withIds !== node) return withIds;
    return PATTERNS.find(([pattern]) => pattern.test(node))?.[1] ?? node;
  };
  return replace(value) as T;
}
