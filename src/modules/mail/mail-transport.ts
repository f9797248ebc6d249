import type { Delivery } from '../outbox/outbox-handler.js';

export interface OutgoingMail {
  /** Globally unique, the same for every attempt; without angle brackets. */
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly date: Date;
  readonly kind: string;
}

/** The error of a delivery that failed because the server offers no trusted TLS. */
export const NO_TLS = 'ETLS';

/** Sends mails, or stores them. */
export interface MailTransport {
  /** An exception counts as a temporary failure. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<Delivery>;
}
