import { domainToASCII, domainToUnicode } from 'node:url';
import { isCleanText } from './text.js';

// RFC 5321, section 4.5.3.1: octets of the local part, and of the whole address.
const LOCAL_PART_MAX_BYTES = 64;
const ADDRESS_MAX_BYTES = 254;
// Of the address as it was sent. Composition turns up to three characters into one, and normalizing a long string of
// combining marks takes time quadratic in its length.
const SENT_MAX_LENGTH = 3 * ADDRESS_MAX_BYTES;

// The dot-atom of RFC 5322, extended to letters, digits and marks of every script (RFC 6531). Excludes quoted local parts.
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN_CHARACTERS = /^[\p{L}\p{M}\p{N}.-]+$/u;
const ASCII_DOMAIN =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9][a-z0-9-]{0,61}[a-z0-9]$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Z}\p{DI}]/u;

/**
 * The canonical form of an e-mail address, under which it is stored and compared: lower case, Unicode normal form
 * KC, the domain in Unicode. Addresses that differ only in case, normal form or punycode name the same account.
 * Returns undefined for anything that is not an address, and for addresses that are not accepted: with format or
 * control characters, a quoted local part, an address literal, a domain without a dot, or more than 254 bytes.
 */
export function canonicalEmail(address: string): string | undefined {
  if (address.length > SENT_MAX_LENGTH || !isCleanText(address) || INVISIBLE.test(address)) return undefined;
  const at = address.lastIndexOf('@');
  const localPart = address.slice(0, at).normalize('NFKC').toLowerCase().normalize('NFKC');
  const domain = address.slice(at + 1);
  // domainToASCII silently drops a port or a path.
  const asciiDomain = DOMAIN_CHARACTERS.test(domain) ? domainToASCII(domain) : '';
  if (at < 1 || !LOCAL_PART.test(localPart) || !ASCII_DOMAIN.test(asciiDomain)) return undefined;
  if (Buffer.byteLength(localPart) > LOCAL_PART_MAX_BYTES) return undefined;
  if (Buffer.byteLength(localPart) + 1 + asciiDomain.length > ADDRESS_MAX_BYTES) return undefined;
  // Characters such as ¼ decompose into digits around a character that no domain may contain.
  const unicodeDomain = domainToUnicode(asciiDomain);
  return DOMAIN_CHARACTERS.test(unicodeDomain) ? `${localPart}@${unicodeDomain}` : undefined;
}

export function isEmail(address: string): boolean {
  return canonicalEmail(address) !== undefined;
}
