import type { components } from './api.js';

type ErrorBody = components['schemas']['ApiErrorBody'];

/** Refusals that are about one field, although the server names none. */
const FIELD_OF_CODE: Record<string, string> = { email_taken: 'email', username_taken: 'username' };

/** Why the server refused, ready to be shown. `code` is for programs; the texts are for people. */
export class Problem extends Error {
  readonly code: string;
  private readonly texts: readonly string[];

  constructor(body: Partial<ErrorBody> | undefined, response: Response) {
    const texts = [body?.message ?? `The server answered ${response.status}.`].flat();
    super(texts.join('\n'));
    this.code = body?.code ?? 'unreachable';
    this.texts = texts;
  }

  /** The texts by the name of the field they are about; under `''` those that are about none. */
  byField(fields: readonly string[]): Map<string, string> {
    const found = new Map<string, string>();
    for (const text of this.texts) {
      // A fault of the input begins with the field's name: "password must be …".
      const name = FIELD_OF_CODE[this.code] ?? text.split(' ', 1)[0] ?? '';
      const field = fields.includes(name) ? name : '';
      found.set(field, [found.get(field), text].filter(Boolean).join(' '));
    }
    return found;
  }
}
