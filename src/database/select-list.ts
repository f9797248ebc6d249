import type { EntityMetadata } from 'typeorm';

interface SelectListOptions {
  /** Also the columns that are not selected by default (`select: false`). */
  readonly hidden?: boolean;
}

/** The select list that reads a table's rows in the shape of its entity. */
export function selectList({ columns }: EntityMetadata, { hidden = false }: SelectListOptions = {}): string {
  return columns
    .filter(({ isSelect }) => isSelect || hidden)
    .map(({ databaseName, propertyName }) => `"${databaseName}" AS "${propertyName}"`)
    .join(', ');
}

/** The quoted column of a property. */
export function columnOf(metadata: EntityMetadata, property: string): string {
  const column = metadata.findColumnWithPropertyName(property);
  if (!column) throw new Error(`${metadata.name} has no property ${property}`);
  return `"${column.databaseName}"`;
}
