import { isDeepStrictEqual } from 'node:util';

/** Rows by their keys, with what became of them. Rows are replaced, never changed, so that a row read stays as it was. */
export class KeyedRows<Row extends { readonly id: string }> {
  private readonly rows = new Map<string, Row>();
  private readonly idsByKey = new Map<string, string>();
  private readonly created = new Set<string>();
  private readonly originals = new Map<string, Row>();
  private readonly otherKeys = new Map<string, string[]>();

  constructor(private readonly ownKeys: (row: Row) => readonly string[]) {}

  load(row: Row): void {
    this.originals.set(row.id, row);
    this.index(row);
  }

  /** A further key of a row that is loaded. */
  alsoFindBy(key: string, id: string): void {
    this.otherKeys.set(id, [...(this.otherKeys.get(id) ?? []), key]);
    this.idsByKey.set(key, id);
  }

  put(row: Row): void {
    const before = this.rows.get(row.id);
    if (!before) this.created.add(row.id);
    else for (const key of this.ownKeys(before)) this.idsByKey.delete(key);
    this.index(row);
  }

  has(id: string): boolean {
    return this.rows.has(id);
  }

  get(id: string): Row | undefined {
    return this.rows.get(id);
  }

  /** Whether the row is there as it is. */
  holds(row: Row): boolean {
    const there = this.rows.get(row.id);
    return there !== undefined && isDeepStrictEqual(there, row);
  }

  keysOf(row: Row): readonly string[] {
    return [...this.ownKeys(row), ...(this.otherKeys.get(row.id) ?? [])];
  }

  allFoundBy(keys: readonly string[]): Row[] {
    const ids = new Set(keys.map((key) => this.idsByKey.get(key)).filter((id) => id !== undefined));
    return [...ids].map((id) => this.rows.get(id)).filter((row) => row !== undefined);
  }

  changes(): { readonly created: Row[]; readonly changed: Row[] } {
    const rows = [...this.rows.values()];
    const isChanged = (row: Row): boolean => {
      const original = this.originals.get(row.id);
      return original !== undefined && !isDeepStrictEqual(original, row);
    };
    return { created: rows.filter(({ id }) => this.created.has(id)), changed: rows.filter(isChanged) };
  }

  private index(row: Row): void {
    this.rows.set(row.id, row);
    for (const key of this.ownKeys(row)) this.idsByKey.set(key, row.id);
  }
}
