import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { logProcessWarnings } from './process-warnings.js';

/** The lines that a warning leaves, and what writes it as text. */
function warnedOf(asText: (() => void) | undefined): readonly unknown[] {
  const lines: string[] = [];
  const process = new EventEmitter();
  if (asText) process.on('warning', asText);
  logProcessWarnings(pino({}, { write: (line: string) => void lines.push(line) }), process);
  process.emit('warning', Object.assign(new Error('Two\nlines'), { name: 'DeprecationWarning', code: 'DEP0001' }));
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe('logProcessWarnings', () => {
  it('logs a warning as one JSON line in place of text', () => {
    const asText = vi.fn();
    expect(warnedOf(asText)).toMatchObject([{ warning: 'DeprecationWarning', code: 'DEP0001', msg: 'Two\nlines' }]);
    expect(asText).not.toHaveBeenCalled();
  });

  it('logs nothing with --no-warnings', () => {
    expect(warnedOf(undefined)).toEqual([]);
  });
});
