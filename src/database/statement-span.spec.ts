import { describe, expect, it } from 'vitest';
import { summaryOf } from './statement-span.js';

describe('summaryOf', () => {
  it.each([
    ['SELECT id FROM users WHERE id = $1', 'SELECT users'],
    ['SELECT 1', 'SELECT'],
    ['select "u"."id" from "users" "u" left join "sessions" "s" on true', 'SELECT users sessions'],
    ['INSERT INTO "users"("id") VALUES ($1) RETURNING "id"', 'INSERT users'],
    ['INSERT INTO a SELECT * FROM b ON CONFLICT DO UPDATE SET x = 1', 'INSERT a SELECT b'],
    ['UPDATE ONLY api_keys SET last_used_at = $1', 'UPDATE api_keys'],
    ['UPDATE api_keys r SET last_used_at = u.at FROM unnest($1::uuid[]) u', 'UPDATE api_keys'],
    ["SELECT 1 FROM users WHERE status = 'active' FOR NO KEY UPDATE", 'SELECT users'],
    ['SELECT s.id FROM sessions s FOR UPDATE OF s', 'SELECT sessions'],
    ['SELECT id FROM sessions LIMIT $2 FOR UPDATE SKIP LOCKED', 'SELECT sessions'],
    [
      'WITH gone AS (DELETE FROM sessions RETURNING id) INSERT INTO revocations SELECT id FROM gone',
      'DELETE sessions INSERT revocations SELECT',
    ],
    ['SELECT id FROM users WHERE a IS DISTINCT FROM b', 'SELECT users'],
    ['START TRANSACTION', 'START'],
    ['COMMIT', 'COMMIT'],
    ['', 'QUERY'],
  ])('%s is told as %s', (text, summary) => {
    expect(summaryOf(text)).toBe(summary);
  });

  it('never holds what stands in quotes', () => {
    const text = "SELECT 'it''s FROM secrets JOIN tokens' FROM users WHERE name = 'INTO hidden'";
    expect(summaryOf(text)).toBe('SELECT users');
  });
});
