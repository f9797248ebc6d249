import type { MailSettings } from '../../config/mail-settings.js';
import { MailTemplates } from './mail-templates.js';
import type { MailTransport } from './mail-transport.js';

/** Injection token of {@link MailSending}. */
export const MAIL_SENDING = Symbol('MailSending');

/** Templates and transport; null if mail is not configured. */
export type MailSending = { readonly templates: MailTemplates; readonly transport: MailTransport } | null;

/**
 * Loads nodemailer only if mail is configured.
 * @throws {ConfigError} when `MAIL_TEMPLATES_DIR` has errors
 */
export async function openMailSending(settings: MailSettings | undefined): Promise<MailSending> {
  if (settings === undefined) return null;
  const { from, templatesDir } = settings;
  const templates = await MailTemplates.load(templatesDir);
  return { templates, transport: await openTransport(settings.transport, from) };
}

async function openTransport(settings: MailSettings['transport'], from: MailSettings['from']): Promise<MailTransport> {
  if (settings.kind === 'folder') {
    const { FolderTransport } = await import('./folder-transport.js');
    return new FolderTransport(settings, from);
  }
  const { SmtpTransport } = await import('./smtp-transport.js');
  return new SmtpTransport(settings, from);
}
