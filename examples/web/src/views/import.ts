import { ApiError, type ErrorCode } from 'stagedoor-client';
import { api } from '../client.js';
import { field, form, h } from '../dom.js';
import { partsOf } from '../file-parts.js';

const RESULTS = ['created', 'updated', 'unchanged', 'refused'] as const;

/** The answer to a line; the last one has `done` instead of a result. */
interface LineAnswer {
  readonly line?: number;
  readonly result?: (typeof RESULTS)[number];
  readonly code?: ErrorCode;
  readonly message?: string;
  readonly done?: boolean;
}

/** Imports a file with one artist a line, in parts. */
export function importView(): HTMLElement {
  const bar = h('progress', { max: 1, value: 0, 'aria-label': 'Progress' });
  const status = h('p', { class: 'status', role: 'status' });
  const refused = h('ul', { class: 'rows', 'aria-label': 'Refused lines' });
  const counts = new Map<string, number>();

  async function send(file: File): Promise<void> {
    counts.clear();
    refused.replaceChildren();
    bar.value = 0;
    status.textContent = '';
    for await (const { text, linesBefore, progress } of partsOf(file)) {
      const answers = await importPart(text);
      for (const answer of answers) show(answer, linesBefore);
      const last = answers.at(-1);
      // Whatever was answered is stored, and the file can be sent again.
      if (!last?.done) throw new ApiError({ message: 'The import ended early. Send the file again.', ...last });
      bar.value = progress;
      status.textContent = summary();
    }
    bar.value = 1;
    status.textContent = counts.size === 0 ? 'The file has no lines.' : `Done: ${summary()}`;
  }

  function show({ line = 0, result, message = '' }: LineAnswer, linesBefore: number): void {
    if (result === undefined) return;
    counts.set(result, (counts.get(result) ?? 0) + 1);
    if (result !== 'refused') return;
    refused.append(h('li', {}, h('span', { class: 'name' }, `Line ${linesBefore + line}`), h('span', {}, message)));
  }

  const summary = (): string =>
    RESULTS.filter((result) => counts.has(result))
      .map((result) => `${counts.get(result)} ${result}`)
      .join(', ');

  const upload = form(
    {
      submit: 'Import',
      label: 'Import',
      send: async (_, element) => {
        const file = element.querySelector<HTMLInputElement>('input[type=file]')?.files?.[0];
        if (file) await send(file);
      },
    },
    field({
      label: 'File',
      name: 'file',
      type: 'file',
      accept: '.ndjson,.jsonl,application/x-ndjson',
      required: true,
      hint: 'One artist a line, as JSON. The same file again changes nothing.',
    }),
    bar,
    status,
  );
  upload.classList.add('card');
  return h('section', {}, upload, refused);
}

async function importPart(text: string): Promise<LineAnswer[]> {
  const answers = await (await api.importCatalogue(text)).text();
  const lines = answers.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as LineAnswer);
}
