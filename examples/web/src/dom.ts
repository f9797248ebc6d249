import { Problem } from './problem.js';

type Child = Node | string | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/** An element: `h('button', { type: 'button', onclick: save }, 'Save')`. Text stays text, whatever it contains. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

interface FieldOptions extends Attributes {
  readonly label: string;
  readonly name: string;
  readonly hint?: string;
}

let fields = 0;

/** A labelled input with room for a hint and for what is wrong with it. */
export function field({ label, name, hint, ...attributes }: FieldOptions): HTMLElement {
  const id = `field-${++fields}`;
  const describedBy = hint === undefined ? `${id}-fault` : `${id}-fault ${id}-hint`;
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h('input', { id, name, 'aria-describedby': describedBy, ...attributes }),
    h('p', { id: `${id}-fault`, class: 'fault', 'data-fault-of': name }),
    hint !== undefined && h('p', { id: `${id}-hint`, class: 'hint' }, hint),
  );
}

/** What stands in a form. */
export class FormValues {
  private readonly data: FormData;

  constructor(form: HTMLFormElement) {
    this.data = new FormData(form);
  }

  text(name: string): string {
    return this.all(name)[0] ?? '';
  }

  all(name: string): string[] {
    return this.data.getAll(name).filter((value) => typeof value === 'string');
  }
}

interface FormOptions {
  /** What the button says. */
  readonly submit: string;
  readonly label: string;
  readonly send: (values: FormValues, form: HTMLFormElement) => Promise<void>;
}

/** A form that is sent once at a time, and shows what the server refused beside the field it is about. */
export function form({ submit, label, send }: FormOptions, ...children: Child[]): HTMLFormElement {
  const button = h('button', { type: 'submit', class: 'primary' }, submit);
  const problem = h('p', { class: 'problem', role: 'alert' });
  const element = h('form', { 'aria-label': label }, ...children, problem, button);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    showFaults(element, new Map());
    send(new FormValues(element), element)
      .catch((error: unknown) => showFaults(element, faultsOf(error, element)))
      .finally(() => (button.disabled = false));
  });
  return element;
}

function inputsOf(element: HTMLFormElement): HTMLInputElement[] {
  return [...element.querySelectorAll('input')];
}

function faultsOf(error: unknown, element: HTMLFormElement): Map<string, string> {
  return error instanceof Problem
    ? error.byField(inputsOf(element).map((input) => input.name))
    : new Map([['', messageOf(error)]]);
}

function showFaults(element: HTMLFormElement, faults: ReadonlyMap<string, string>): void {
  for (const input of inputsOf(element)) {
    input.toggleAttribute('aria-invalid', false);
    if (faults.has(input.name)) input.setAttribute('aria-invalid', 'true');
  }
  for (const place of element.querySelectorAll<HTMLElement>('[data-fault-of]')) {
    place.textContent = faults.get(place.dataset['faultOf'] ?? '') ?? '';
  }
  const problem = element.querySelector('.problem');
  if (problem) problem.textContent = faults.get('') ?? '';
  element.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}

export function messageOf(error: unknown): string {
  if (error instanceof Problem) return error.message;
  return 'The server can’t be reached. Check your connection, and try again.';
}

/** A button whose failure is said beside it. */
export function action(label: string, run: () => Promise<void>, attributes: Attributes = {}): HTMLElement {
  const problem = h('span', { class: 'problem', role: 'alert' });
  const button = h('button', { type: 'button', ...attributes }, label);
  button.addEventListener('click', () => {
    button.disabled = true;
    problem.textContent = '';
    run()
      .catch((error: unknown) => (problem.textContent = messageOf(error)))
      .finally(() => (button.disabled = false));
  });
  return h('span', { class: 'action' }, button, problem);
}

/** Asks before something that can't be undone. */
export function confirmed(question: string, answer: string): Promise<boolean> {
  return inDialog((close) => [
    h('p', {}, question),
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', onclick: () => close(false) }, 'Cancel'),
      h('button', { type: 'button', class: 'danger', onclick: () => close(true) }, answer),
    ),
  ]);
}

/** Shows what `content` makes above the page; resolves with what it closes with, or false when it is dismissed. */
export function inDialog(content: (close: (result: boolean) => void) => Child[]): Promise<boolean> {
  return new Promise((resolve) => {
    let result = false;
    const dialog = h('dialog', {
      onclose: () => {
        dialog.remove();
        resolve(result);
      },
    });
    const close = (value: boolean): void => {
      result = value;
      dialog.close();
    };
    dialog.append(...content(close).filter((child) => child !== undefined && child !== false));
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function dateOf(instant: string): HTMLElement {
  const text = new Date(instant).toLocaleDateString(undefined, { dateStyle: 'medium' });
  return h('time', { datetime: instant }, text);
}
