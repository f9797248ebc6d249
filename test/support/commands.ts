import { execFile } from 'node:child_process';
import { inject } from 'vitest';

export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as an operator does: `node dist/commands/<name>.js …`, with `input` on standard input. */
export function runCommand(
  env: Record<string, string>,
  [name = '', ...args]: readonly string[],
  input = '',
): Promise<CommandEnd> {
  const { PATH = '', HOME = '' } = process.env;
  return new Promise((resolve) => {
    const options = { cwd: inject('builtFolder'), env: { PATH, HOME, ...env } };
    const child = execFile(
      process.execPath,
      [`dist/commands/${name}.js`, ...args],
      options,
      (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}
