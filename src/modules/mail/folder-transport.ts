import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { FolderSettings, MailSettings } from '../../config/mail-settings.js';
import type { Delivery } from '../outbox/outbox-handler.js';
import { mailMessage } from './mail-message.js';
import type { MailTransport, OutgoingMail } from './mail-transport.js';

/** Writes each mail to an `.eml` file, which any mail program opens. */
export class FolderTransport implements MailTransport {
  private readonly composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });

  constructor(
    private readonly settings: FolderSettings,
    private readonly from: MailSettings['from'],
  ) {}

  async send(mail: OutgoingMail): Promise<Delivery> {
    const { path } = this.settings;
    const { message } = await this.composer.sendMail(mailMessage(this.from, mail));
    // Sorts by time. A repeated attempt replaces the file of the first.
    const name = `${mail.date.toISOString().replace(/[:.]/g, '-')}-${mail.kind}-${mail.messageId.split('@')[0]}`;
    const unfinished = join(path, `.${name}.part`);
    // Mails contain codes.
    await mkdir(path, { recursive: true, mode: 0o700 });
    await writeFile(unfinished, message as Buffer, { mode: 0o600 });
    await rename(unfinished, join(path, `${name}.eml`));
    return { outcome: 'sent' };
  }
}
