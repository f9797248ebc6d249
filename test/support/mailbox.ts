import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutboxWorker } from '../../src/modules/outbox/outbox.worker.js';
import { startApp, stopBackgroundWork, type TestApp, type TestAppOptions } from './app.js';
import { type ParsedMail, parseMail } from './mail-parser.js';

/** An app whose mails become files, delivered when a test asks for it. */
export interface MailApp extends TestApp {
  /** Delivers everything that is due, and returns all mails so far, the oldest first. */
  mails(): Promise<ParsedMail[]>;
  /** The same, to this address only. */
  mailsTo(address: string): Promise<ParsedMail[]>;
  /** The code of the newest of them. */
  codeFor(address: string): Promise<string>;
}

export async function startMailApp({ env = {}, ...options }: TestAppOptions = {}): Promise<MailApp> {
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-mail-'));
  const app = await startApp({ ...options, env: { MAIL_URL: `folder:${folder}`, EMAIL_VERIFICATION: 'off', ...env } });
  stopBackgroundWork(app);
  const worker = app.nest.get(OutboxWorker, { strict: false });
  const mails = async (): Promise<ParsedMail[]> => {
    await worker.poll();
    await worker.settled();
    const files = (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
    return Promise.all(files.map(async (name) => parseMail(await readFile(join(folder, name)))));
  };
  const mailsTo = async (address: string): Promise<ParsedMail[]> =>
    (await mails()).filter(({ recipients }) => recipients.includes(address));
  return {
    ...app,
    mails,
    mailsTo,
    codeFor: async (address) => {
      const code = (await mailsTo(address)).at(-1)?.code;
      if (code === undefined) throw new Error(`No mail to ${address} has a code`);
      return code;
    },
    close: async () => {
      await app.close();
      await rm(folder, { recursive: true });
    },
  };
}
