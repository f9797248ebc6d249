import type { MailLinks } from '../../config/mail-settings.js';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

interface MailKindRules {
  /** The age, in seconds, at which an unsent mail is given up. */
  readonly giveUpAfterSeconds: number;
  /** Whether strangers can cause it: such mails are silently limited per recipient. */
  readonly isLimited: boolean;
  /** Whether it contains a code. */
  readonly code?: 'always' | 'sometimes';
  /** The page that accepts the code. */
  readonly link?: keyof MailLinks;
  /** Values of its template besides `appName`, `code` and `link`. */
  readonly values?: readonly string[];
}

const NOTICE = { giveUpAfterSeconds: 3 * DAY_SECONDS, isLimited: false } as const;

/** All kinds of mail, by the names of their templates. */
export const MAIL_KINDS = {
  reset: {
    giveUpAfterSeconds: HOUR_SECONDS,
    isLimited: true,
    code: 'always',
    link: 'passwordReset',
    values: ['takeover', 'apiKeys', 'passkeys', 'totp'],
  },
  verify: { giveUpAfterSeconds: DAY_SECONDS, isLimited: true, code: 'always', link: 'emailVerify' },
  'new-address': { giveUpAfterSeconds: DAY_SECONDS, isLimited: true, code: 'always', link: 'emailVerify' },
  invitation: { giveUpAfterSeconds: 3 * DAY_SECONDS, isLimited: true, code: 'always', link: 'invitation' },
  'address-taken': { giveUpAfterSeconds: 3 * DAY_SECONDS, isLimited: true },
  'address-change-requested': NOTICE,
  'address-changed': { ...NOTICE, code: 'sometimes', link: 'emailUndo' },
  'address-restored': { ...NOTICE, giveUpAfterSeconds: HOUR_SECONDS, code: 'always', link: 'passwordReset' },
  'password-changed': NOTICE,
  'reset-code-created': NOTICE,
  'api-key-added': NOTICE,
  'api-key-rotated': NOTICE,
  'api-key-removed': NOTICE,
  'totp-added': NOTICE,
  'totp-removed': NOTICE,
  'recovery-codes-replaced': NOTICE,
  'passkey-added': NOTICE,
  'passkey-removed': NOTICE,
  'second-factors-removed': NOTICE,
  'wrong-codes': NOTICE,
  'password-without-code': NOTICE,
} as const satisfies Readonly<Record<string, MailKindRules>>;

export type MailKind = keyof typeof MAIL_KINDS;

/** The kind of a mail in the outbox. The prefix keeps the kinds of other modules apart. */
export const outboxKind = (kind: MailKind): string => `mail.${kind}`;

export const MAIL_KIND_NAMES = Object.keys(MAIL_KINDS) as MailKind[];

/** The same table with one type for all kinds. */
export const RULES: Readonly<Record<MailKind, MailKindRules>> = MAIL_KINDS;

/** A template's block is shown if its value is truthy. */
export type MailValue = string | number | boolean;

type NamesOf<Rules> = (Rules extends { values: readonly (infer Name extends string)[] } ? Name : never) & string;

/** The values that the composer of a kind supplies. */
export type MailValues<K extends MailKind> = Readonly<Record<NamesOf<(typeof MAIL_KINDS)[K]>, MailValue>> &
  ((typeof MAIL_KINDS)[K] extends { code: 'always' }
    ? { readonly code: string }
    : (typeof MAIL_KINDS)[K] extends { code: 'sometimes' }
      ? { readonly code?: string }
      : unknown);
