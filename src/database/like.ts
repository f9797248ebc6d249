/** A pattern for LIKE that finds `text` anywhere, taken literally: `%`, `_` and `\` mean themselves. */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
