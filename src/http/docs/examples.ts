import type { Operation } from './document-parts.js';

/** A request of an operation as it was sent, and what the server answered. Ids, times and secrets are replaced. */
export interface OperationExample {
  /** The body of the request; a string: NDJSON. */
  readonly request?: object | string;
  /** The body of the success; a string: NDJSON. */
  readonly success?: object | string;
  /** The body of the answer to invalid input. */
  readonly invalid?: object;
  /** The bodies of other errors, by the contract's own words. */
  readonly errors?: Readonly<Record<string, object>>;
}

/** By the names of the operations. */
export type Examples = Readonly<Record<string, OperationExample>>;

/** Writes the examples of an operation into it, beside those of its other errors. */
export function addExamples(examples: Examples, operation: Operation): void {
  const { request, success, invalid, errors = {} } = examples[operation.operationId ?? ''] ?? {};
  if (request && operation.requestBody && !('$ref' in operation.requestBody)) {
    for (const media of Object.values(operation.requestBody.content)) media.example = request;
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response) continue;
    for (const media of Object.values(response.content ?? {})) {
      if (success && status.startsWith('2')) media.example = success;
      const words = Object.keys(media.examples ?? {});
      for (const word of words) {
        const value = invalid && status === '400' && word === words[0] ? invalid : errors[word];
        if (value) media.examples = { ...media.examples, [word]: { value } };
      }
    }
  }
}
