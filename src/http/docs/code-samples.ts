import type { Method, Operation } from './document-parts.js';

/** Stands for the URL of the server until it is known, which is when the document is sent. */
export const SAMPLE_BASE = 'https://stagedoor.example';

/** The headers of credentials, by their names in the document. */
const CREDENTIALS: Readonly<Record<string, readonly [header: string, value: string]>> = {
  bearer: ['Authorization', 'Bearer YOUR_ACCESS_TOKEN'],
  apiKey: ['x-api-key', 'YOUR_API_KEY'],
};

interface SampledCall {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON, over several lines. */
  readonly body: string | undefined;
}

interface Language {
  readonly lang: string;
  readonly label: string;
  readonly write: (call: SampledCall) => string;
}

const LANGUAGES: readonly Language[] = [
  { lang: 'Shell', label: 'curl', write: writeCurl },
  { lang: 'JavaScript', label: 'fetch', write: writeFetch },
  { lang: 'Python', label: 'Python', write: writePython },
];

/**
 * Writes programs into a complete operation that send its example request (`x-codeSamples`): one in each language for
 * each kind of credentials that it takes.
 */
export function addCodeSamples(path: string, method: Method, operation: Operation): void {
  const accepted = (operation.security ?? []).map(Object.keys).filter((names) => names.length > 0);
  const samples = (accepted.length > 0 ? accepted : [[]]).flatMap((credentials) => {
    const call = sampledCall(path, method, operation, credentials);
    const suffix = accepted.length > 1 && credentials.includes('apiKey') ? ' with an API key' : '';
    return LANGUAGES.map(({ lang, label, write }) => ({ lang, label: label + suffix, source: write(call) }));
  });
  Object.assign(operation, { 'x-codeSamples': samples });
}

function sampledCall(path: string, method: Method, operation: Operation, credentials: readonly string[]): SampledCall {
  const headers = credentials.flatMap((name) => (CREDENTIALS[name] ? [CREDENTIALS[name]] : []));
  let url = SAMPLE_BASE + path;
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter) continue;
    const { name, schema } = parameter;
    const example = String(schema && 'example' in schema ? schema.example : parameter.example);
    if (parameter.in === 'path') url = url.replace(`{${name}}`, example);
    if (name === 'If-Match') headers.push([name, example]);
  }
  const body = exampleBody(operation);
  if (body !== undefined) headers.push(['Content-Type', 'application/json']);
  return { method: method.toUpperCase(), url, headers, body };
}

function exampleBody({ requestBody }: Operation): string | undefined {
  if (!requestBody || '$ref' in requestBody) return undefined;
  const example: unknown = requestBody.content['application/json']?.example;
  return example === undefined ? undefined : JSON.stringify(example, null, 2);
}

function writeCurl({ method, url, headers, body }: SampledCall): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `curl -i${method === 'GET' ? '' : ` -X ${method}`} ${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ].join(' \\\n  ');
}

function writeFetch({ method, url, headers, body }: SampledCall): string {
  const lines = [
    ...(method === 'GET' ? [] : [`method: '${method}',`]),
    ...(headers.length === 0 ? [] : [`headers: { ${entriesOf(headers)} },`]),
    ...(body === undefined ? [] : [`body: JSON.stringify(${indented(body, 2)}),`]),
  ];
  const options = lines.length === 0 ? '' : `, {\n${lines.map((line) => `  ${line}\n`).join('')}}`;
  return `const response = await fetch('${url}'${options});\nconsole.log(response.status, await response.json());`;
}

function writePython({ method, url, headers, body }: SampledCall): string {
  const lines = [
    `'${url}',`,
    `method='${method}',`,
    ...(headers.length === 0 ? [] : [`headers={${entriesOf(headers)}},`]),
    ...(body === undefined ? [] : [`data=json.dumps(${indented(pythonOf(body), 4)}).encode(),`]),
  ];
  return `import json
import urllib.request

request = urllib.request.Request(
${lines.map((line) => `    ${line}\n`).join('')})
with urllib.request.urlopen(request) as response:
    print(response.status, json.load(response))`;
}

/** The entries of an object of JavaScript, or of a dictionary of Python. */
function entriesOf(headers: SampledCall['headers']): string {
  return headers.map(([name, value]) => `'${name}': '${value}'`).join(', ');
}

/** Only the first line stays where it is. */
function indented(text: string, spaces: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(spaces)}`);
}

/** JSON over several lines as Python: only a literal ends a line without a quote or a bracket. */
function pythonOf(json: string): string {
  const literals = { true: 'True', false: 'False', null: 'None' };
  return json.replace(/\b(true|false|null)(?=,?$)/gm, (_, word: keyof typeof literals) => literals[word]);
}
