import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { CommandError } from './run-command.js';

/**
 * Reads a new password: at a terminal by a prompt that shows nothing and asks twice, else the whole standard input
 * without the line break at its end. Never an argument, which other users of the machine can read.
 * @throws {CommandError} when the two differ
 */
export async function readNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '');
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const ask = async (prompt: string): Promise<string> => {
    process.stderr.write(prompt);
    const answer = await terminal.question('');
    process.stderr.write('\n');
    return answer;
  };
  try {
    const password = await ask('New password: ');
    if ((await ask('Repeat the new password: ')) !== password) throw new CommandError('The two passwords differ');
    return password;
  } finally {
    terminal.close();
  }
}
