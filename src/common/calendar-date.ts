/** Whether a string is a day of the calendar, `YYYY-MM-DD`, from year 1. */
export function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // 30 February becomes 2 March instead of failing.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
