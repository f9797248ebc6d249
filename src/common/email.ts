import { domainToASCII, domainToUnicode } from 'node:url';
import { isCleanText } from './text.js';

/*
 * One mailbox, one spelling. Addresses that differ only in case, in Unicode normal form or in punycode are the same
 * account, so all of them are brought to one form before anything is compared or stored.
 */

// RFC 5321 section 4.5.3.1: octets of the local part, and of the whole address.
const LOCAL_PART_MAX_BYTES = 64;
const ADDRESS_MAX_BYTES = 254;

// A dot-atom of RFC 5322, opened to letters, digits and marks of every script (RFC 6531). A quoted local part fits not.
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{N}.-]+$/u;
const ASCII_DOMAIN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Z}\p{DI}]/u;

/**
 * The one form of an e-mail address under which it is stored and compared: lower case, Unicode normal form C, the
 * domain in Unicode. Returns undefined for what is not an address: format or control characters, a quoted local
 * part, an address literal, a domain without a dot, more than 254 bytes.
 */
export function canonicalEmail(text: string): string | undefined {
  if (!isCleanText(text) || INVISIBLE.test(text)) return undefined;
  const at = text.lastIndexOf('@');
  const localPart = text.slice(0, at).normalize('NFKC').toLowerCase().normalize('NFKC');
  const domain = text.slice(at + 1);
  // domainToASCII silently drops what looks like a port or a path.
  const asciiDomain = DOMAIN_CHARACTERS.test(domain) ? domainToASCII(domain) : '';
  if (at < 1 || !LOCAL_PART.test(localPart) || !ASCII_DOMAIN.test(asciiDomain)) return undefined;
  if (Buffer.byteLength(localPart) > LOCAL_PART_MAX_BYTES) return undefined;
  if (Buffer.byteLength(localPart) + 1 + asciiDomain.length > ADDRESS_MAX_BYTES) return undefined;
  // ¼ and its like become digits around a character that no domain has.
  const unicodeDomain = domainToUnicode(asciiDomain);
  return DOMAIN_CHARACTERS.test(unicodeDomain) ? `${localPart}@${unicodeDomain}` : undefined;
}

export function isEmail(text: string): boolean {
  return canonicalEmail(text) !== undefined;
}
