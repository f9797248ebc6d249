const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export const EMAIL_CODE_KINDS = ['reset', 'verification', 'new_address', 'invitation', 'undo'] as const;
export type EmailCodeKind = (typeof EMAIL_CODE_KINDS)[number];

/** How long codes of each kind are valid, in seconds. */
export const LIFETIME_SECONDS: Readonly<Record<EmailCodeKind, number>> = {
  reset: HOUR_SECONDS,
  verification: DAY_SECONDS,
  new_address: DAY_SECONDS,
  invitation: 7 * DAY_SECONDS,
  undo: 7 * DAY_SECONDS,
};

/** Valid codes of one kind per user; a new one ends the oldest. Undo codes are not limited. */
export const LIVE_MAX = 5;
