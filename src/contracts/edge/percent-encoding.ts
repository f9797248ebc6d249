/** Whether every `%` begins a byte, and all those bytes are UTF-8 (RFC 3986, section 2.5). */
export function isPercentEncoded(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
