/** Collects the measurements of a run and prints them as a table. */
export class Findings {
  private readonly rows: (readonly [what: string, found: string])[] = [];

  constructor(private readonly title: string) {}

  note(what: string, found: string | number): void {
    this.rows.push([what, String(found)]);
  }

  print(): void {
    const width = Math.max(...this.rows.map(([what]) => what.length));
    const lines = this.rows.map(([what, found]) => `  ${what.padEnd(width)}  ${found}`);
    process.stdout.write(`\n${this.title}\n${lines.join('\n')}\n`);
  }
}

/** Median, 99th percentile and maximum. */
export function distribution(values: readonly number[]): { p50: number; p99: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
