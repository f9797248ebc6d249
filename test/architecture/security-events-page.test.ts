import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SECURITY_EVENTS } from '../../src/modules/security-events/security-event.js';

it('the table of security events in docs/watch.md has every event once, and no other', () => {
  const page = readFileSync('docs/watch.md', 'utf8');
  const [, table = ''] = /^\| event \| meaning \|\n(.+?)\n\n/ms.exec(page) ?? [];
  const named = table.split('\n').flatMap((row) => row.split('|')[1]?.match(/[a-z_]+\.[a-z_]+/g) ?? []);
  expect(named.toSorted()).toEqual(SECURITY_EVENTS.toSorted());
});
