import { requestContext } from '../common/request-context.js';
import { errorTypeOf, type RequestSpan, type WorkSpan } from '../common/spans.js';

/**
 * A statement that names whose it is. The pool hands a freed connection to the next in line from within the work of
 * whoever freed it, so there {@link requestContext} is another's.
 */
export type AskedFor<Statement> = Statement & { readonly span: RequestSpan | undefined };

/** The arguments of `query` of `pg`, with the callback among them, where there is one, ending the span. */
export interface TracedCall {
  readonly span: WorkSpan;
  readonly args: unknown[];
}

/** Begins the span of a statement. Undefined: nobody is told of it. */
export function traceStatement(args: unknown[]): TracedCall | undefined {
  const [statement] = args;
  const { text, span: parent } = isText(statement)
    ? { text: statement, span: requestContext.getStore()?.span }
    : (statement as AskedFor<{ text?: string }>);
  if (!parent || text === undefined) return undefined;
  const summary = summaryOf(text);
  const span = parent.startCall(summary, {
    'db.system.name': 'postgresql',
    'db.operation.name': summary.split(' ', 1)[0] ?? summary,
    'db.query.summary': summary,
  });
  if (!span) return undefined;
  const last = args.at(-1);
  if (typeof last !== 'function') return { span, args };
  const callback = (error: unknown, ...rest: unknown[]): unknown => {
    endStatement(span, error ?? undefined);
    return (last as (...results: unknown[]) => unknown)(error, ...rest);
  };
  return { span, args: [...args.slice(0, -1), callback] };
}

export function endStatement(span: WorkSpan, error?: unknown): void {
  if (error === undefined) return span.end();
  const type = errorTypeOf(error);
  if (SQL_STATE.test(type)) span.set('db.response.status_code', type);
  span.end(type);
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

const isText = (statement: unknown): statement is string => typeof statement === 'string';

/** Each is one of those written in the code, but lists of values make some of them many. */
const REMEMBERED_MAX = 500;
const remembered = new Map<string, string>();
const SUMMARY_MAX = 255;

/**
 * What a statement does and to which tables, in the order of its text: `SELECT sessions users`. No value is ever in it.
 * For people to tell statements apart: it is made from words, not by parsing.
 */
export function summaryOf(text: string): string {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const summary = summarize(text);
  if (remembered.size < REMEMBERED_MAX) remembered.set(text, summary);
  return summary;
}

/** Texts in quotes, and what looks like an operation or like the table after it and is neither. */
const NOISE =
  /'(?:[^']|'')*'|\bFOR\s+(?:NO\s+KEY\s+)?UPDATE(?:\s+OF\s+\w+)?|\bDO\s+UPDATE\b|\bDISTINCT\s+FROM\b|\b(?:FROM|JOIN)\s+(?:LATERAL\b|\w+\s*\()/gi;
const WORDS = /\b(?:SELECT|INSERT|DELETE)\b|\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?"?(?<table>[a-z_][a-z0-9_]*)"?/gi;

function summarize(text: string): string {
  const plain = text.replace(NOISE, ' ');
  const made = new Set<string>();
  const parts: string[] = [];
  // A name that the statement itself gives to a part of it is no table.
  for (const [, name] of plain.matchAll(/"?(\w+)"?\s+AS\s+(?:NOT\s+MATERIALIZED\s+|MATERIALIZED\s+)?\(/gi)) {
    if (name !== undefined) made.add(name);
  }
  for (const { 0: word, groups } of plain.matchAll(WORDS)) {
    const table = groups?.['table'];
    const operation = /^(?:SELECT|INSERT|DELETE|UPDATE)/i.exec(word)?.[0].toUpperCase();
    if (operation !== undefined && parts.at(-1) !== operation) parts.push(operation);
    if (table !== undefined && !made.has(table) && parts.at(-1) !== table) parts.push(table);
  }
  if (parts.length > 0) return parts.join(' ').slice(0, SUMMARY_MAX);
  return /[a-z]+/i.exec(plain)?.[0].toUpperCase() ?? 'QUERY';
}
