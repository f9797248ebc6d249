import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MAIL_KIND_NAMES } from '../../src/modules/mail/mail-kinds.js';

describe('docs/mail.md', () => {
  it('lists the template of every mail, and no other', () => {
    const page = readFileSync(new URL('../../docs/mail.md', import.meta.url), 'utf8');
    const [, table = ''] = /\| template \| [^\n]+\n\| --- \| --- \|\n((?:\|[^\n]*\n)+)/.exec(page) ?? [];
    const listed = table
      .split('\n')
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
    expect(listed.sort()).toEqual([...MAIL_KIND_NAMES].sort());
  });
});
