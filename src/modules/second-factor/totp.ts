import { Secret, TOTP } from 'otpauth';

/*
 * Codes of authenticator apps (RFC 6238), in the parameters that every app supports: SHA-1, 6 digits, 30 seconds.
 */

const SECRET_BYTES = 20;
const PERIOD_SECONDS = 30;
const SETTINGS = { algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS };
/** Steps before and after the present one whose codes are accepted too, for clocks that differ. */
const WINDOW = 1;

/** Whether a code has the form of an authenticator app's. Any other string is treated as a recovery code. */
export function isTotpCode(code: string): boolean {
  return /^\d{6}$/.test(code);
}

/** A typed code without the spaces that apps show in it. */
export function withoutSpaces(typed: string): string {
  return typed.replace(/\s/g, '');
}

export function generateTotpSecret(): Buffer {
  return Buffer.from(new Secret({ size: SECRET_BYTES }).bytes);
}

/** The secret as a person types it: Base32 (RFC 4648, section 6) without padding. */
export function showTotpSecret(secret: Buffer): string {
  return toSecret(secret).base32;
}

/** What a QR code for authenticator apps holds. */
export function totpUri(
  secret: Buffer,
  { issuer, label }: { readonly issuer: string; readonly label: string },
): string {
  return new TOTP({ ...SETTINGS, issuer, label, secret: toSecret(secret) }).toString();
}

/** The time step that a code is of; undefined for a wrong one. @param code six digits: the library throws on others */
export function totpStepOf(code: string, secret: Buffer, now: Date): number | undefined {
  const timestamp = now.getTime();
  const delta = new TOTP({ ...SETTINGS, secret: toSecret(secret) }).validate({
    token: code,
    timestamp,
    window: WINDOW,
  });
  return delta === null ? undefined : TOTP.counter({ period: PERIOD_SECONDS, timestamp }) + delta;
}

function toSecret(secret: Buffer): Secret {
  return new Secret({ buffer: Uint8Array.from(secret).buffer });
}
