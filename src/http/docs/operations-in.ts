import type { OpenAPIObject } from '@nestjs/swagger';
import { type Method, METHODS, type Operation } from './document-parts.js';

interface FoundOperation {
  readonly path: string;
  readonly method: Method;
  readonly operation: Operation;
}

/** The operations of a document, with their paths and methods. */
export function operationsIn(document: OpenAPIObject): FoundOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}
