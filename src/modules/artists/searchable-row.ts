import { Column } from 'typeorm';

/** What artists and songs have in common: their version, and what lists are searched and sorted by. */
export abstract class SearchableRow {
  /** Counted up by a trigger on every update. */
  @Column('integer', { default: 1 })
  version!: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt!: Date;

  /** What the search compares (`folded-text.ts`); null: not written yet. */
  @Column('text', { nullable: true, select: false })
  folded?: string | null;

  @Column({ type: 'text', name: 'sort_key', collation: 'C', default: '', select: false })
  sortKey?: string;
}
