import { describe, expect, it } from 'vitest';
import { BUILT_IN_TEMPLATES } from './built-in-templates.js';
import { Template, type TemplateError } from './template.js';

const NAMES = ['appName', 'code', 'link', 'count'];

function problemsOf(source: string, required: string[] = []): readonly string[] {
  try {
    Template.parse(source, NAMES, required);
    return [];
  } catch (error) {
    return (error as TemplateError).problems;
  }
}

describe('a template', () => {
  it('shows values in subject and text', () => {
    const template = Template.parse('Subject: Your {appName}\n\nUse {code}, {code}.', NAMES, ['code']);
    expect(template.render({ appName: 'Acme', code: 'X' })).toEqual({ subject: 'Your Acme', text: 'Use X, X.\n' });
  });

  it('shows a block where its value is set, and its opposite where it is not', () => {
    const template = Template.parse(
      'Subject: s\n\nA\n{?count}\nmany {count}\n{/count}\n{!count}\nnone\n{/count}\nB',
      NAMES,
      [],
    );
    expect(template.render({ count: 3 }).text).toBe('A\nmany 3\nB\n');
    for (const count of [0, '', false, undefined]) expect(template.render({ count }).text).toBe('A\nnone\nB\n');
  });

  it('nests blocks, also on one line', () => {
    const template = Template.parse('Subject: s\n\n{?code}c{?link}, {link}{/link}{/code}.', NAMES, []);
    expect(template.render({ code: 'X', link: 'L' }).text).toBe('c, L.\n');
    expect(template.render({ code: 'X' }).text).toBe('c.\n');
    expect(template.render({ link: 'L' }).text).toBe('.\n');
  });

  it('takes values as they are: they are never templates', () => {
    const template = Template.parse('Subject: s\n\n{code}', NAMES, []);
    expect(template.render({ code: '{link}$&{?code}', link: 'L' }).text).toBe('{link}$&{?code}\n');
  });

  it('may be written on Windows, and leaves other braces alone', () => {
    const template = Template.parse('Subject: s\r\n\r\n{ code } {} {1}\r\n{code}\r\n', NAMES, ['code']);
    expect(template.render({ code: 'X' }).text).toBe('{ code } {} {1}\nX\n');
  });

  it.each([
    ['Hello\n\ntext', 'first line'],
    ['Subject:  \n\ntext', 'first line'],
    ['Subject: s', 'first line'],
    ['Subject: s\n\n', 'no text'],
    ['Subject: {who}\n\ntext', '{who} is unknown'],
    ['Subject: s\n\n{?who}x{/who}', '{who} is unknown'],
    ['Subject: s\n\n{?code}x', 'no end'],
    ['Subject: s\n\nx{/code}', 'ends no block'],
    ['Subject: s\n\n{?code}{?link}x{/code}{/link}', 'ends no block'],
  ])('is rejected: %j', (source, expected) => {
    expect(problemsOf(source).join()).toContain(expected);
  });

  it.each([
    'Subject: {code}\n\ntext',
    'Subject: s\n\n{?code}Open {link}{/code}',
    'Subject: s\n\n{?link}{code}{/link}',
    'Subject: s\n\n{!link}{code}{/link}',
    'Subject: s\n\n{?count}{code}{/count}{!link}{code}{/link}',
  ])('is rejected where its text may lack what it has to show: %j', (source) => {
    expect(problemsOf(source, ['code']).join()).toContain('it must show {code}');
  });

  it('may show that in a block where there is another one for every other case', () => {
    expect(problemsOf('Subject: s\n\n{?link}{link} {code}{/link}{!link}{code}{/link}', ['code'])).toEqual([]);
  });

  it('is rejected without what it has to show, and names all problems at once', () => {
    expect(problemsOf('Subject: s\n\n{who} {?link}', ['code'])).toHaveLength(3);
  });
});

describe('the built-in templates', () => {
  it.each(Object.entries(BUILT_IN_TEMPLATES))(
    '%s fits 76 columns, so that its lines are sent as they are',
    (_, text) => {
      expect(text.split('\n').filter((line) => line.length > 76 && !line.startsWith('Subject: '))).toEqual([]);
    },
  );
});
