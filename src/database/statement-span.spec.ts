import { describe, expect, it } from 'vitest';
import { operationOf } from './statement-span.js';

describe('operationOf', () => {
  it.each([
    ['SELECT id FROM users WHERE id = $1', 'SELECT'],
    ['  select 1', 'SELECT'],
    ['START TRANSACTION', 'START'],
    ['COMMIT', 'COMMIT'],
    ['WITH found AS (SELECT 1) SELECT * FROM found', 'WITH'],
    ['', 'QUERY'],
  ])('of %s is %s', (text, operation) => {
    expect(operationOf(text)).toBe(operation);
  });
});
