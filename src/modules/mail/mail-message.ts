import type { SendMailOptions } from 'nodemailer';
import type { MailSettings } from '../../config/mail-settings.js';
import type { OutgoingMail } from './mail-transport.js';

/**
 * A mail as nodemailer expects it. Addresses are passed as objects, never as strings, which nodemailer would parse: so
 * a mail has exactly one recipient, whatever characters the address contains.
 */
export function mailMessage(from: MailSettings['from'], mail: OutgoingMail): SendMailOptions {
  return {
    from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    date: mail.date,
    messageId: `<${mail.messageId}>`,
    // Prevents automatic replies (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
