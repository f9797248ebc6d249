import { requestContext } from '../common/request-context.js';
import { errorTypeOf, type RequestSpan, type WorkSpan } from '../common/spans.js';

/**
 * A statement with the span of its request. The pool hands a released connection to the next in line within the
 * context of the request that released it, so there {@link requestContext} is that of another request.
 */
export type WithSpan<Statement> = Statement & {
  readonly span: RequestSpan | undefined;
  /** What the statement is called in traces; absent: its operation. */
  readonly summary?: string | undefined;
};

/** The arguments of `query` of `pg`, with the callback among them, where there is one, ending the span. */
export interface TracedCall {
  readonly span: WorkSpan;
  readonly args: unknown[];
}

/** Starts the span of a statement. Undefined: it is not traced. */
export function traceStatement(args: unknown[]): TracedCall | undefined {
  const [statement] = args;
  const traced = isText(statement)
    ? { text: statement, span: requestContext.getStore()?.span, summary: undefined }
    : (statement as WithSpan<{ text?: string }>);
  if (!traced.span || traced.text === undefined) return undefined;
  const operation = operationOf(traced.text);
  const summary = traced.summary ?? operation;
  const span = traced.span.startCall(summary, {
    'db.system.name': 'postgresql',
    'db.operation.name': operation,
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

/** The first keyword of a statement: `SELECT`. */
export function operationOf(text: string): string {
  return /[a-z]+/i.exec(text)?.[0].toUpperCase() ?? 'QUERY';
}
