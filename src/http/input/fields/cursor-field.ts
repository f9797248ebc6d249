import { Matches } from 'class-validator';
import { Field } from './field.js';
import { ofFormat } from './refusal.js';

/** The cursor of a list by name holds a name. */
const CURSOR = /^[A-Za-z0-9_-]{1,4000}$/;

/** A position in a list, from an earlier response, where it is the field `name`. */
export function CursorField(name = 'nextCursor'): PropertyDecorator {
  return Field({
    optional: true,
    rule: (options) => Matches(CURSOR, options),
    message: `must be the ${name} of an earlier response`,
    diagnose: ofFormat,
    docs: {
      type: String,
      pattern: CURSOR.source,
      description: `The \`${name}\` of an earlier response: returns the items after it. Equally fast at any depth.`,
      example: 'LjAuMDE5MzU0OGQtMWEyYi03YzNkLThlNGYtNWE2YjdjOGQ5ZTBmLjE3MzIzNDU2Nzg5MDA',
    },
  });
}
