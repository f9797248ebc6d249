import type { Method, Operation } from './document-parts.js';

/** Stands for the URL of the server until it is known, which is when the document is sent. */
const BASE = 'https://stagedoor.example';
/** The same in a sample for the shell, which escapes what is put in its place otherwise. */
const SHELL_BASE = 'https://shell.stagedoor.example';

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
  /** Whether a success has a body. */
  readonly isAnswered: boolean;
}

interface Language {
  readonly lang: string;
  readonly label: string;
  readonly base: string;
  readonly write: (call: SampledCall) => string;
}

const LANGUAGES: readonly Language[] = [
  { lang: 'Shell', label: 'curl', base: SHELL_BASE, write: writeCurl },
  { lang: 'JavaScript', label: 'fetch', base: BASE, write: writeFetch },
  { lang: 'Python', label: 'Python', base: BASE, write: writePython },
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
    return LANGUAGES.map(({ lang, label, base, write }) => {
      const source = write({ ...call, url: base + call.url });
      return { lang, label: label + suffix, source };
    });
  });
  Object.assign(operation, { 'x-codeSamples': samples });
}

/**
 * Puts the URL of the server into the samples of a written document. `base` is a serialized URL, which has no double
 * quote and no backslash; undefined: unknown. `escape` writes a string as the document writes it within one.
 */
export function withBase(written: string, base: string | undefined, escape: (text: string) => string): string {
  const url = base ?? BASE;
  return written.replaceAll(SHELL_BASE, () => escape(inShell(url))).replaceAll(BASE, () => url);
}

function sampledCall(path: string, method: Method, operation: Operation, credentials: readonly string[]): SampledCall {
  const headers = credentials.flatMap((name) => (CREDENTIALS[name] ? [CREDENTIALS[name]] : []));
  let url = path;
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter) continue;
    const { name, schema } = parameter;
    const example = String(schema && 'example' in schema ? schema.example : parameter.example);
    if (parameter.in === 'path') url = url.replace(`{${name}}`, () => encodeURIComponent(example));
    if (name === 'If-Match') headers.push([name, example]);
  }
  const body = exampleBody(operation);
  if (body !== undefined) headers.push(['Content-Type', 'application/json']);
  return { method: method.toUpperCase(), url, headers, body, isAnswered: isAnswered(operation) };
}

function exampleBody({ requestBody }: Operation): string | undefined {
  if (!requestBody || '$ref' in requestBody) return undefined;
  const example: unknown = requestBody.content['application/json']?.example;
  return example === undefined ? undefined : JSON.stringify(example, null, 2);
}

function isAnswered({ responses }: Operation): boolean {
  return Object.entries(responses).some(
    ([status, response]) => status.startsWith('2') && response && 'content' in response,
  );
}

function writeCurl({ method, url, headers, body }: SampledCall): string {
  const quoted = (text: string): string => `'${inShell(text)}'`;
  return [
    `curl -i${method === 'GET' ? '' : ` -X ${method}`} ${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`-d ${quoted(body)}`]),
  ].join(' \\\n  ');
}

/** Within single quotes. */
function inShell(text: string): string {
  return text.replaceAll("'", "'\\''");
}

function writeFetch({ method, url, headers, body, isAnswered }: SampledCall): string {
  const lines = [
    ...(method === 'GET' ? [] : [`method: ${literal(method)},`]),
    ...(headers.length === 0 ? [] : [`headers: { ${entriesOf(headers)} },`]),
    ...(body === undefined ? [] : [`body: JSON.stringify(${indented(body, 2)}),`]),
  ];
  const options = lines.length === 0 ? '' : `, {\n${lines.map((line) => `  ${line}\n`).join('')}}`;
  const shown = isAnswered ? 'response.status, await response.json()' : 'response.status';
  return `const response = await fetch(${literal(url)}${options});\nconsole.log(${shown});`;
}

function writePython({ method, url, headers, body, isAnswered }: SampledCall): string {
  const lines = [
    `${literal(url)},`,
    `method=${literal(method)},`,
    ...(headers.length === 0 ? [] : [`headers={${entriesOf(headers)}},`]),
    ...(body === undefined ? [] : [`data=json.dumps(${indented(pythonOf(body), 4)}).encode(),`]),
  ];
  const needsJson = isAnswered || body !== undefined;
  return `${needsJson ? 'import json\n' : ''}import urllib.request

request = urllib.request.Request(
${lines.map((line) => `    ${line}\n`).join('')})
with urllib.request.urlopen(request) as response:
    print(response.status${isAnswered ? ', json.load(response)' : ''})`;
}

/** The entries of an object of JavaScript, or of a dictionary of Python. */
function entriesOf(headers: SampledCall['headers']): string {
  return headers.map(([name, value]) => `${literal(name)}: ${literal(value)}`).join(', ');
}

/** A string of JSON is one of JavaScript and of Python. */
function literal(text: string): string {
  return JSON.stringify(text);
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
