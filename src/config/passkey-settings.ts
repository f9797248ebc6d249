import { isIP } from 'node:net';
import type { SettingsReader } from './settings-reader.js';

export interface PasskeySettings {
  /** The domain that passkeys are bound to (WebAuthn level 3, section 5.1.2: the relying party identifier). */
  readonly rpId: string;
  /** Where passkeys may be created and used: the origins of web pages and Android apps. */
  readonly origins: readonly string[];
}

/** An Android app has the SHA-256 of its signing certificate as its origin. */
const ANDROID_ORIGIN = /^android:apk-key-hash:[A-Za-z0-9_-]{43}$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Undefined: passkeys are off. */
export function readPasskeySettings(read: SettingsReader): PasskeySettings | undefined {
  const rpId = read.optionalString('PASSKEY_RP_ID');
  const origins = read.list('PASSKEY_ORIGINS');
  if (rpId === undefined && origins.length === 0) return undefined;
  if (rpId === undefined || origins.length === 0) {
    read.report('PASSKEY_RP_ID and PASSKEY_ORIGINS must be set together');
    return undefined;
  }
  if (!isDomain(rpId)) {
    read.reject('PASSKEY_RP_ID', `must be a domain such as app.example, not ${JSON.stringify(rpId)}`, undefined);
    return undefined;
  }
  for (const origin of origins) {
    if (isOriginOf(rpId, origin)) continue;
    const allowed = `https://${rpId}, a subdomain of it, or android:apk-key-hash: with 43 characters of base64url`;
    read.reject('PASSKEY_ORIGINS', `must list origins such as ${allowed}, not ${JSON.stringify(origin)}`, undefined);
  }
  return { rpId, origins };
}

/** In lower case, with a dot; only `localhost` may have none. */
function isDomain(text: string): boolean {
  const labels = text.split('.');
  if (text.length > 253 || isIP(text) !== 0 || !labels.every((label) => LABEL.test(label))) return false;
  return labels.length > 1 || text === 'localhost';
}

/** Whether browsers and Android let this origin use passkeys of the domain. */
function isOriginOf(rpId: string, origin: string): boolean {
  if (ANDROID_ORIGIN.test(origin)) return true;
  if (origin.includes('*') || !URL.canParse(origin)) return false;
  const { protocol, hostname, origin: parsed } = new URL(origin);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  const isSecure = protocol === 'https:' || (protocol === 'http:' && isLocal);
  return parsed === origin && isSecure && (hostname === rpId || hostname.endsWith(`.${rpId}`));
}
