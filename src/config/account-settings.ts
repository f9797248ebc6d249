import type { SettingsReader } from './settings-reader.js';

export interface AccountSettings {
  /**
   * `off`: no mail is sent at sign-up. `ask`: a mail asks to verify the address, and nothing depends on it. `required`:
   * until the address is verified, sessions are limited and API keys are refused.
   */
  readonly emailVerification: 'off' | 'ask' | 'required';
  /** `invited`: only invitations, imports and `SUPER_ADMIN_EMAIL` create accounts. */
  readonly signUp: 'open' | 'invited';
  /** The role whose users, and those of higher roles, need a second factor; undefined: no one does. */
  readonly secondFactorRequiredFor: 'user' | 'admin' | undefined;
  /** How long audit events are kept. */
  readonly auditRetentionDays: number;
  /** How long an account may stay unverified after its first verification mail. Undefined: for any time. */
  readonly unverifiedAccountDays: number | undefined;
}

/** `sendsMail`: whether `MAIL_URL` is set, or mails go to a folder by default. */
export function readAccountSettings(
  read: SettingsReader,
  { sendsMail, hasMailUrl }: { readonly sendsMail: boolean; readonly hasMailUrl: boolean },
): AccountSettings {
  const emailVerification = read.oneOf(
    'EMAIL_VERIFICATION',
    ['off', 'ask', 'required'] as const,
    hasMailUrl ? 'ask' : 'off',
  );
  if (emailVerification !== 'off' && !sendsMail && !read.isInvalid('MAIL_URL')) {
    read.report(`EMAIL_VERIFICATION=${emailVerification} sends mail: set MAIL_URL too`);
  }
  const unverifiedAccountDays = read.integer('UNVERIFIED_ACCOUNT_DAYS', 0, 0, 3650);
  return {
    emailVerification,
    signUp: read.oneOf('SIGN_UP', ['open', 'invited'] as const, 'open'),
    secondFactorRequiredFor: readSecondFactorRequiredFor(read),
    auditRetentionDays: read.integer('AUDIT_RETENTION_DAYS', 90, 1, 3650),
    unverifiedAccountDays: unverifiedAccountDays === 0 ? undefined : unverifiedAccountDays,
  };
}

function readSecondFactorRequiredFor(read: SettingsReader): AccountSettings['secondFactorRequiredFor'] {
  const role = read.oneOf('SECOND_FACTOR_REQUIRED_FOR', ['none', 'user', 'admin'] as const, 'none');
  return role === 'none' ? undefined : role;
}
