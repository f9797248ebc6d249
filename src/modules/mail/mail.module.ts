import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/config.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { MAIL_SENDING, openMailSending } from './mail-sending.js';
import { Mailer } from './mailer.js';

/** Composes mails from templates and sends them by SMTP, or writes them to a folder. */
@Module({
  imports: [OutboxModule],
  providers: [
    Mailer,
    { provide: MAIL_SENDING, inject: [CONFIG], useFactory: ({ mail }: Config) => openMailSending(mail) },
  ],
  exports: [Mailer],
})
export class MailModule {}
