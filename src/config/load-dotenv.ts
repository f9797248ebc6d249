import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { decodeText, NOT_TEXT } from './decode-text.js';

/** The environment variables, and what is wrong with the file that completes them. */
export interface Environment {
  readonly variables: NodeJS.ProcessEnv;
  readonly problems: readonly string[];
}

/**
 * The environment of the process, completed by a `.env` file in the working directory, which may be absent and
 * overrides nothing. The file's variables are added to `process.env`, since libraries read theirs from there.
 */
export function loadEnvironment(path = '.env'): Environment {
  const { values, problems } = readDotenv(path);
  for (const [name, value] of Object.entries(values)) process.env[name] ??= value;
  return { variables: process.env, problems: problems.map((problem) => `${path}${problem}`) };
}

interface Dotenv {
  readonly values: Readonly<Record<string, string>>;
  /** Each continues a sentence that starts with the file's path. */
  readonly problems: readonly string[];
}

function readDotenv(path: string): Dotenv {
  try {
    return parseDotenv(decodeText(readFileSync(path)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { values: {}, problems: [] };
    return { values: {}, problems: [unreadable(code)] };
  }
}

function unreadable(code: string | undefined): string {
  if (code === 'EISDIR') return ' is a directory, not a file: rename it, or set the variables some other way';
  if (code === 'EACCES' || code === 'EPERM') return ` cannot be read by this user (${code}): change its owner or mode`;
  if (code === NOT_TEXT) return ' is not encoded in UTF-8: save it in that encoding';
  return ` cannot be read (${code ?? 'unknown error'})`;
}

const ASSIGNMENT = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*)$/s;

/**
 * Parses a `.env` file as Node does, with two differences: any white space may surround a line, and a line that Node
 * would silently ignore is a problem.
 */
export function parseDotenv(text: string): Dotenv {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  const lines = text.split(/\r\n|\n|\r/);
  for (let i = 0; i < lines.length; i++) {
    const number = i + 1;
    const line = (lines[i] ?? '').trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, value] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      problems.push(`, line ${number}: expected NAME=value, a comment that starts with #, or an empty line`);
      continue;
    }
    const quote = /^["'`]/.exec(value)?.[0];
    const parts = [value];
    // A quoted value may span lines.
    for (let isOpen = quote !== undefined && !value.includes(quote, 1); isOpen && quote !== undefined;) {
      const next = lines[++i];
      if (next === undefined) {
        problems.push(`, line ${number}: the value of ${name} starts with ${quote} but has no closing ${quote}`);
        return { values, problems };
      }
      parts.push(next);
      isOpen = !next.includes(quote);
    }
    Object.assign(values, parseEnv(`${name}=${parts.join('\n')}`));
  }
  return { values, problems };
}
