import { ApiError } from 'stagedoor-client';
import { messagesByField } from './field-messages.js';

type Child = Node | string | undefined | false;
type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

/** Creates an element: `h('button', { type: 'button', onclick: save }, 'Save')`. Strings are never parsed as HTML. */
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

/** A labeled input with a hint and a place for its error. */
export function field({ label, name, hint, ...attributes }: FieldOptions): HTMLElement {
  const id = `field-${++fields}`;
  const describedBy = hint === undefined ? `${id}-error` : `${id}-error ${id}-hint`;
  return h(
    'div',
    { class: 'field' },
    h('label', { for: id }, label),
    h('input', { id, name, 'aria-describedby': describedBy, ...attributes }),
    h('p', { id: `${id}-error`, class: 'error', 'data-error-of': name }),
    hint !== undefined && h('p', { id: `${id}-hint`, class: 'hint' }, hint),
  );
}

export function emailField(label = 'E-mail', autocomplete = 'email'): HTMLElement {
  return field({ label, name: 'email', type: 'email', autocomplete, required: true });
}

/** For a code from a mail: `value` is the one of its link. */
export function codeField(value: string): HTMLElement {
  return field({ label: 'Code', name: 'code', value, autocomplete: 'off', spellcheck: 'false', required: true });
}

/** The values of a form. */
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
  /** Label of the button. */
  readonly submit: string;
  readonly label: string;
  readonly send: (values: FormValues, form: HTMLFormElement) => Promise<unknown>;
}

/** A form that is submitted once at a time and shows each error next to its field. */
export function form({ submit, label, send }: FormOptions, ...children: Child[]): HTMLFormElement {
  const button = h('button', { type: 'submit', class: 'primary' }, submit);
  const problem = h('p', { class: 'problem', role: 'alert' });
  const element = h('form', { 'aria-label': label }, ...children, problem, button);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    showErrors(element, new Map());
    send(new FormValues(element), element)
      .catch((error: unknown) => showErrors(element, errorsOf(error, element)))
      .finally(() => (button.disabled = false));
  });
  return element;
}

function inputsOf(element: HTMLFormElement): HTMLInputElement[] {
  return [...element.querySelectorAll('input')];
}

function errorsOf(error: unknown, element: HTMLFormElement): Map<string, string> {
  const names = inputsOf(element).map((input) => input.name);
  return error instanceof ApiError && error.code !== 'network_error'
    ? messagesByField(error, names)
    : new Map([['', messageOf(error)]]);
}

function showErrors(element: HTMLFormElement, errors: ReadonlyMap<string, string>): void {
  for (const input of inputsOf(element)) {
    input.toggleAttribute('aria-invalid', false);
    if (errors.has(input.name)) input.setAttribute('aria-invalid', 'true');
  }
  for (const place of element.querySelectorAll<HTMLElement>('[data-error-of]')) {
    place.textContent = errors.get(place.dataset['errorOf'] ?? '') ?? '';
  }
  const problem = element.querySelector('.problem');
  if (problem) problem.textContent = errors.get('') ?? '';
  element.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
}

export function messageOf(error: unknown): string {
  if (error instanceof ApiError && error.code !== 'network_error') return error.message;
  // What the browser's dialog for passkeys throws, such as for a second passkey on one device.
  if (error instanceof Error && !(error instanceof ApiError)) return error.message;
  return 'The server can’t be reached. Check your connection and try again.';
}

/** A button that shows its error next to it. */
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

/** Asks for confirmation before something that cannot be undone. */
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

/** Shows `content` in a modal dialog. Resolves to the result it closes with, or false if it is dismissed. */
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
