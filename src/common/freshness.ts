/**
 * Whether what this instance remembers about credentials is up to date: whatever was taken back, anywhere, more than a
 * moment ago has been heard of here. While it is not sure, whoever remembers asks the database instead; before it is
 * sure again, everything that was missed has been forgotten.
 */
export abstract class Freshness {
  abstract isSure(): boolean;
}
