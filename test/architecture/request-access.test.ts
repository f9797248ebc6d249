import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../src/', import.meta.url).pathname;
const FILES = (readdirSync(`${ROOT}modules`, { recursive: true }) as string[])
  .filter((file) => /(?<!\.spec)\.ts$/.test(file))
  .map((file) => `modules/${file}`);

const ACCESS = 'modules/auth/access/';
/** How a request or its headers would be read. */
const READS_REQUEST =
  /\b(?:IncomingHttpHeaders|IncomingMessage|FastifyRequest|FastifyReply|rawHeaders|switchToHttp|getRequest|ExecutionContext)\b|\b(?:request|req)\.headers\b|['"]x-api-key['"]/;

/** Files that read AsyncLocalStorage: for the audit, and for traces. */
const READS_CONTEXT = [
  'modules/passwords/password-hasher.ts',
  'modules/rate-limits/rate-limits.ts',
  'modules/security-events/security-events.ts',
];

const read = (file: string): string => readFileSync(ROOT + file, 'utf8');
/** Comments may name what the code must not read. */
const codeOf = (file: string): string => read(file).replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');

describe('the core', () => {
  it.each([
    `const { authorization } = request.headers;`,
    `import type { FastifyRequest } from 'fastify';`,
    `context.switchToHttp().getRequest<Request>()`,
    `value['x-api-key']`,
  ])('would be caught reading a request: %s', (line) => {
    expect(READS_REQUEST.test(line)).toBe(true);
  });

  it('reads requests and their headers in the guards and decorators of auth/access alone', () => {
    const readers = FILES.filter((file) => READS_REQUEST.test(codeOf(file)));
    expect(readers.filter((file) => !file.startsWith(ACCESS))).toEqual([]);
    expect(readers.length).toBeGreaterThan(0);
  });

  it('reads the request context for the audit, for traces and to report limits, never for a decision', () => {
    const readers = FILES.filter((file) => /\brequestContext\b/.test(codeOf(file)));
    expect(readers.toSorted()).toEqual(READS_CONTEXT);
    for (const file of READS_CONTEXT) expect(codeOf(file)).not.toMatch(/\bif\b[^;{]*requestContext/);
  });

  it('has no constructor with more than six parameters', () => {
    expect(FILES.filter((file) => constructorParameters(file) > 6)).toEqual([]);
    expect(constructorParameters('modules/sessions/sessions.service.ts')).toBe(5);
  });
});

/** The most parameters of any constructor in a file. */
function constructorParameters(file: string): number {
  let most = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isConstructorDeclaration(node)) most = Math.max(most, node.parameters.length);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest));
  return most;
}
