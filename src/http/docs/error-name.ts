import { STATUS_CODES } from 'node:http';
import { pascalCase } from '../../common/text.js';

/** The name of the schema of a status: `NotFoundError`. */
export function errorName(status: number): string {
  return pascalCase(STATUS_CODES[status] ?? 'Unknown').replace(/(?:Error)?$/, 'Error');
}
