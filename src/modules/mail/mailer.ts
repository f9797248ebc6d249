import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { resolve } from 'node:path';
import type { EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../../config/config.js';
import type { MailSettings } from '../../config/mail-settings.js';
import type { Delivery, DueMessage } from '../outbox/outbox-handler.js';
import { type NewMessage, Outbox, type WrittenMessage } from '../outbox/outbox.js';
import { MAIL_SENDING, type MailSending } from './mail-sending.js';
import { type MailKind, type MailValue, type MailValues, outboxKind, RULES } from './mail-kinds.js';
import { NO_TLS } from './mail-transport.js';

/** The recipient and the content of a mail. */
export interface Letter<K extends MailKind> {
  /** Canonical. */
  readonly to: string;
  /** A BCP 47 language tag; null for the default templates. */
  readonly locale: string | null;
  readonly values: MailValues<K>;
}

/** Decides when a mail is due who receives it and what it says. */
export interface MailComposer<K extends MailKind> {
  /** Undefined: there is nothing to send. Called again for the same message it returns the same letter. */
  compose(message: DueMessage): Promise<Letter<K> | undefined>;
  /** Runs in the transaction that marks the mail as sent. */
  sent?(manager: EntityManager, message: DueMessage, at: Date): Promise<void>;
}

/** Counted by this instance since its start. */
export interface MailStats {
  readonly sent: number;
  readonly deferred: number;
  readonly refused: number;
  /** Attempts that failed because the server offered no trusted TLS. */
  readonly withoutTls: number;
}

/** Writes mails to the outbox, and sends them from there. */
@Injectable()
export class Mailer implements OnModuleInit {
  private readonly logger = new Logger(Mailer.name);
  private readonly settings: MailSettings | undefined;
  private readonly appName: string;
  private sent = 0;
  private deferred = 0;
  private refused = 0;
  private withoutTls = 0;

  constructor(
    @Inject(CONFIG) { mail, appName }: Config,
    @Inject(MAIL_SENDING) private readonly sending: MailSending,
    private readonly outbox: Outbox,
  ) {
    this.settings = mail;
    this.appName = appName;
  }

  get isConfigured(): boolean {
    return this.settings !== undefined;
  }

  onModuleInit(): void {
    const transport = this.settings?.transport;
    if (transport?.kind === 'folder') this.logger.log(`Mails are written as files to ${resolve(transport.path)}`);
    if (transport?.kind === 'smtp' && transport.isTlsWaived) {
      this.logger.warn('Mails and the password of MAIL_URL cross the network without encryption (?tls=off)');
    }
  }

  /** Registers the composer of a kind. Call it during start. Does nothing if mail is not configured. */
  register<K extends MailKind>(kind: K, composer: MailComposer<K>): void {
    if (!this.isConfigured) return;
    const { giveUpAfterSeconds, isLimited } = RULES[kind];
    this.outbox.register(outboxKind(kind), {
      giveUpAfterSeconds,
      isLimited,
      deliver: async (message, signal) => this.deliver(kind, message, await composer.compose(message), signal),
      ...(composer.sent && { delivered: composer.sent.bind(composer) }),
    });
  }

  /**
   * Writes a mail in the caller's transaction, by a single INSERT. It is composed and sent after the commit.
   * @throws {Error} when mail is not configured; check {@link isConfigured} first
   */
  async write(manager: EntityManager, kind: MailKind, about: Omit<NewMessage, 'kind'>): Promise<WrittenMessage> {
    return this.outbox.write(manager, { ...about, kind: outboxKind(kind) });
  }

  stats(): MailStats {
    const { sent, deferred, refused, withoutTls } = this;
    return { sent, deferred, refused, withoutTls };
  }

  private async deliver(
    kind: MailKind,
    message: DueMessage,
    letter: Letter<MailKind> | undefined,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const { settings, sending } = this;
    if (!letter || !settings || !sending) return { outcome: 'skipped' };
    const template = sending.templates.find(kind, letter.locale);
    const { subject, text } = template.render(this.valuesOf(kind, letter.values, settings));
    const delivery = await sending.transport.send(
      {
        ...{ kind, to: letter.to, subject, text, date: message.createdAt },
        messageId: `${message.id}@${settings.from.address.split('@').at(-1)}`,
      },
      signal,
    );
    this.count(delivery);
    return delivery;
  }

  private valuesOf(
    kind: MailKind,
    values: Readonly<Record<string, MailValue | undefined>>,
    { links }: MailSettings,
  ): Record<string, MailValue | undefined> {
    const { link } = RULES[kind];
    const { code } = values;
    const page = link && links[link];
    return {
      ...values,
      appName: this.appName,
      link: page === undefined || typeof code !== 'string' ? undefined : page.replace('{code}', code),
    };
  }

  private count(delivery: Delivery): void {
    if (delivery.outcome === 'sent') this.sent++;
    if (delivery.outcome === 'deferred') this.deferred++;
    if (delivery.outcome === 'refused') this.refused++;
    if ('error' in delivery && delivery.error === NO_TLS) this.withoutTls++;
  }
}
