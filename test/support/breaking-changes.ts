import type { OpenAPIObject } from '@nestjs/swagger';
import { apiDiff, breaking, type Diff } from 'api-smart-diff';

/** Released clients must expect values that they do not know in a response, such as a new error code. */
const NEW_VALUE = /\/responses\/.*\/enum\/\d+$/;

/** What of a released document no longer holds for its clients, as paths into the document. */
export function breakingChanges(released: OpenAPIObject, current: OpenAPIObject): string[] {
  return apiDiff(contentOf(released), contentOf(current))
    .filter(({ type }) => type === breaking)
    .filter(({ path, action }) => isUsed(path) && !(action === 'add' && NEW_VALUE.test(path.join('/'))))
    .map(({ action, path }: Diff) => `${action} ${path.join('/')}`);
}

/** What a request or response has. The tool reports another type of a response's field where the schema is declared. */
function isUsed(path: readonly (string | number)[]): boolean {
  return path[0] === 'paths' || path.at(-1) === 'type';
}

/** Without what depends on the server. */
export function contentOf({ servers: _servers, ...document }: OpenAPIObject): OpenAPIObject {
  const { contact: _contact, ...info } = document.info;
  const withoutSamples = (key: string, value: unknown): unknown => (key === 'x-codeSamples' ? undefined : value);
  return JSON.parse(JSON.stringify({ ...document, info }, withoutSamples)) as OpenAPIObject;
}
