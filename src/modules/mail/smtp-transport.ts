import { Logger } from '@nestjs/common';
import { createTransport, type NodemailerError } from 'nodemailer';
import type { MailSettings, SmtpSettings } from '../../config/mail-settings.js';
import type { Delivery } from '../outbox/outbox-handler.js';
import { mailMessage } from './mail-message.js';
import { type MailTransport, NO_TLS, type OutgoingMail } from './mail-transport.js';

const CONNECT_WITHIN_MS = 10_000;
const SILENCE_MAX_MS = 30_000;

/** Replies to these commands are about the mail; others (greeting, STARTTLS, AUTH) are about the configuration. */
const ABOUT_THE_MAIL = new Set(['MAIL FROM', 'RCPT TO', 'DATA']);

/** Sends each mail over its own connection, so that one that hangs does not delay the others. */
export class SmtpTransport implements MailTransport {
  private readonly logger = new Logger(SmtpTransport.name);
  private readonly mailer;
  private isTlsMissing = false;

  constructor(
    settings: SmtpSettings,
    private readonly from: MailSettings['from'],
  ) {
    const { host, port, tls, auth } = settings;
    this.mailer = createTransport({
      ...{ host, port, secure: tls === 'implicit', requireTLS: tls === 'starttls', ignoreTLS: tls === 'none' },
      ...(auth && { auth: { user: auth.user, pass: auth.password } }),
      connectionTimeout: CONNECT_WITHIN_MS,
      greetingTimeout: SILENCE_MAX_MS,
      socketTimeout: SILENCE_MAX_MS,
      dnsTimeout: CONNECT_WITHIN_MS,
    });
  }

  async send(mail: OutgoingMail, signal: AbortSignal): Promise<Delivery> {
    try {
      await this.mailer.sendMail({ ...mailMessage(this.from, mail), signal });
      this.isTlsMissing = false;
      return { outcome: 'sent' };
    } catch (error) {
      const delivery = failureOf(error as NodemailerError);
      if (delivery.error === NO_TLS && !this.isTlsMissing) {
        this.isTlsMissing = true;
        this.logger.error('The server in MAIL_URL offers no TLS that can be trusted: no mail is sent to it');
      }
      return delivery;
    }
  }
}

/**
 * Decides by the reply code: 5xx about the mail is a permanent failure (RFC 5321, section 4.2.1), except for a bad
 * sequence of commands. All other failures are temporary.
 */
function failureOf(error: NodemailerError): Delivery & { readonly error: string } {
  const { code, command, permanent, response, responseCode } = error;
  if (responseCode === undefined) {
    // EENVELOPE without a reply: nodemailer itself rejected the address.
    return { outcome: code === 'EENVELOPE' ? 'refused' : 'deferred', error: code ?? error.name };
  }
  const isFinal = permanent === true && ABOUT_THE_MAIL.has(command ?? '');
  // Only the codes are kept, since the text may repeat the address.
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '')?.[1];
  const status = enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
  return { outcome: isFinal ? 'refused' : 'deferred', error: code === NO_TLS ? NO_TLS : status };
}
