import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Mailer } from '../../modules/mail/mailer.js';
import { OutboxStatistics } from '../../modules/outbox/outbox-statistics.js';
import { MetricsRegistry } from './metrics-registry.js';

/** Mail, where it is configured. */
@Injectable()
export class MailMetrics {
  constructor(
    registry: MetricsRegistry,
    private readonly mailer: Mailer,
    private readonly outbox: OutboxStatistics,
    private readonly clock: Clock,
  ) {
    if (!mailer.isConfigured) return;
    this.addOutbox(registry);
    registry.counter('stagedoor_mail_attempts_total', 'Attempts of this instance to send a mail, by outcome.', () => {
      const { sent, deferred, refused } = this.mailer.stats();
      return [
        [sent, { outcome: 'sent' }],
        [deferred, { outcome: 'deferred' }],
        [refused, { outcome: 'refused' }],
      ];
    });
    registry.counter(
      'stagedoor_mail_tls_failures_total',
      'Attempts that ended because the mail server offered no trusted TLS.',
      () => [[this.mailer.stats().withoutTls]],
    );
  }

  private addOutbox(registry: MetricsRegistry): void {
    registry.gauge('stagedoor_outbox_messages', 'Messages that wait, and that failed within 30 days.', async () => {
      const stats = await this.outbox.latest();
      if (!stats) return [];
      return [
        [stats.waiting, { state: 'waiting' }],
        [stats.failed, { state: 'failed' }],
      ];
    });
    registry.gauge(
      'stagedoor_outbox_oldest_message_age_seconds',
      'Time since the oldest waiting message was added; 0 if none waits.',
      async () => {
        const stats = await this.outbox.latest();
        if (!stats) return [];
        const { oldestWaitingSince: since } = stats;
        return [[since ? Math.max(0, (this.clock.now().getTime() - since.getTime()) / 1000) : 0]];
      },
    );
  }
}
