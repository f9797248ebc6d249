import type { MailValue } from './mail-kinds.js';

/*
 * A template consists of a subject and a plain text body:
 *
 *   Subject: Reset your {appName} password
 *
 *   Your code is {code}.
 *   {?link}
 *   Or open {link}
 *   {/link}
 *
 * {name} is replaced by a value. {?name}…{/name} is shown if the value is truthy, {!name}…{/name} if it is not. A block
 * tag on its own line leaves no empty line.
 */

type Node =
  string | { readonly value: string } | { readonly when: boolean; readonly name: string; readonly body: Node[] };

export interface RenderedTemplate {
  readonly subject: string;
  readonly text: string;
}

/** Lists the errors of a template. */
export class TemplateError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
    this.name = 'TemplateError';
  }
}

const TAG = /\{(?<sign>[?!/]?)(?<name>[A-Za-z]\w*)\}/g;
const TAG_ON_ITS_LINE = /^[ \t]*(\{[?!/][A-Za-z]\w*\})[ \t]*(?:\n|$)/gm;
/** Stands for a value; no template has it. */
const SHOWN = '\0';
const SUBJECT = /^Subject:[ \t]*(?<subject>[^\n]*)\n(?<rest>[^]*)$/;

export class Template {
  private constructor(
    private readonly subject: readonly Node[],
    private readonly text: readonly Node[],
  ) {}

  /**
   * @param names the values that the template may use
   * @param required those that its text must show, whichever of the others there are
   * @throws {TemplateError} listing all errors
   */
  static parse(source: string, names: readonly string[], required: readonly string[]): Template {
    const { subject = '', rest = '' } = SUBJECT.exec(source.replace(/\r\n?/g, '\n'))?.groups ?? {};
    if (subject.trim() === '') throw new TemplateError(['its first line must be "Subject: …"']);
    const problems: string[] = [];
    if (rest.trim() === '') problems.push('it has no text after the subject');
    const used = new Set<string>();
    const parts = [subject.trim(), rest.replace(TAG_ON_ITS_LINE, '$1').trim()].map((part) => {
      const nodes = parseNodes(part, problems);
      for (const [, , name] of part.matchAll(TAG)) if (name !== undefined) used.add(name);
      return nodes;
    });
    for (const name of used) {
      if (!names.includes(name)) problems.push(`{${name}} is unknown; it may use ${list(names)}`);
    }
    const [subjectNodes = [], text = []] = parts;
    for (const name of required) {
      if (!isAlwaysShown(text, name, used))
        problems.push(`it must show {${name}} in its text, whatever other values there are`);
    }
    if (problems.length > 0) throw new TemplateError(problems);
    return new Template(subjectNodes, text);
  }

  render(values: Readonly<Record<string, MailValue | undefined>>): RenderedTemplate {
    return { subject: renderNodes(this.subject, values), text: `${renderNodes(this.text, values).trim()}\n` };
  }
}

const list = (names: readonly string[]): string => names.map((name) => `{${name}}`).join(', ');

function parseNodes(source: string, problems: string[]): Node[] {
  const open: { name: string; nodes: Node[] }[] = [{ name: '', nodes: [] }];
  let end = 0;
  for (const match of source.matchAll(TAG)) {
    const { sign, name = '' } = match.groups ?? {};
    const current = open.at(-1);
    if (!current) break;
    current.nodes.push(source.slice(end, match.index));
    end = match.index + match[0].length;
    if (sign === '') {
      current.nodes.push({ value: name });
    } else if (sign === '/') {
      if (current.name === name) open.pop();
      else problems.push(`{/${name}} ends no block`);
    } else {
      const body: Node[] = [];
      current.nodes.push({ when: sign === '?', name, body });
      open.push({ name, nodes: body });
    }
  }
  open.at(-1)?.nodes.push(source.slice(end));
  for (const { name } of open.slice(1)) problems.push(`the block of {${name}} has no end: {/${name}}`);
  return open[0]?.nodes ?? [];
}

/** With every combination of the other values that the template uses. */
function isAlwaysShown(text: readonly Node[], name: string, used: ReadonlySet<string>): boolean {
  let cases: Record<string, string>[] = [{ [name]: SHOWN }];
  for (const other of used) if (other !== name) cases = cases.flatMap((one) => [one, { ...one, [other]: 'other' }]);
  return cases.every((values) => renderNodes(text, values).includes(SHOWN));
}

function renderNodes(nodes: readonly Node[], values: Readonly<Record<string, MailValue | undefined>>): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string') return node;
      if ('value' in node) return String(values[node.value] ?? '');
      return Boolean(values[node.name]) === node.when ? renderNodes(node.body, values) : '';
    })
    .join('');
}
