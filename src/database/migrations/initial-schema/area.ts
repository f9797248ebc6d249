/** The statements that create a part of the schema, and those that drop it again. */
export interface Area {
  readonly up: readonly string[];
  readonly down: readonly string[];
}
