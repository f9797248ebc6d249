/** Whether every `%` begins an encoded byte, and all these bytes are UTF-8 (RFC 3986, section 2.5). */
export function isPercentEncoded(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
