import { api, type ApiKey, type Scope } from '../client.js';
import { action, confirmed, dateOf, field, form, h, messageOf } from '../dom.js';

const SCOPES: Record<Exclude<Scope, 'users:read'>, string> = {
  'profile:read': 'Read my profile',
  'artists:read': 'Read my artists and songs',
  'artists:write': 'Change my artists and songs',
};

/** The user's API keys: create (shown once), list, delete. */
export function keysView(): HTMLElement {
  const rows = h('ul', { class: 'rows', 'aria-label': 'API keys' });
  const status = h('p', { class: 'status', role: 'status' });
  const made = h('div', { 'aria-live': 'polite' });

  async function load(): Promise<void> {
    const keys = await api.listKeys();
    rows.replaceChildren(...keys.map(row));
    status.textContent = keys.length === 0 ? 'No API keys yet.' : '';
  }

  function row(key: ApiKey): HTMLElement {
    return h(
      'li',
      {},
      h('span', { class: 'name' }, key.name, h('code', {}, key.keyId)),
      h(
        'span',
        { class: 'since' },
        key.scopes.join(', '),
        h('br'),
        ...(key.lastUsed === null ? ['never used'] : ['last used ', dateOf(key.lastUsed)]),
        ...(key.expiresAt === null ? [] : [', expires ', dateOf(key.expiresAt)]),
      ),
      h(
        'span',
        { class: 'buttons' },
        action('Delete', () => remove(key), { class: 'danger', 'aria-label': `Delete ${key.name}` }),
      ),
    );
  }

  async function remove({ keyId, name }: ApiKey): Promise<void> {
    if (!(await confirmed(`Delete ${name}? Whatever uses it stops working at once.`, 'Delete'))) return;
    await api.deleteKey(keyId);
    await load();
  }

  const create = form(
    {
      submit: 'Create key',
      label: 'New API key',
      send: async (values, element) => {
        const body = {
          name: values.text('name'),
          scopes: values.all('scopes') as Scope[],
          expiresAt: endOf(values.text('expires')),
        };
        const { apiKey } = await api.createKey(body);
        made.replaceChildren(shownOnce(apiKey, () => made.replaceChildren()));
        element.reset();
        await load();
      },
    },
    field({ label: 'What is it for?', name: 'name', required: true, maxlength: 100, autocomplete: 'off' }),
    h(
      'fieldset',
      {},
      h('legend', {}, 'Permissions'),
      ...Object.entries(SCOPES).map(([scope, label]) =>
        h('label', {}, h('input', { type: 'checkbox', name: 'scopes', value: scope, checked: true }), label),
      ),
      h('p', { class: 'error', 'data-error-of': 'scopes' }),
    ),
    h(
      'label',
      { class: 'choice' },
      'Expires ',
      h(
        'select',
        { name: 'expires' },
        h('option', { value: '' }, 'never'),
        h('option', { value: '30' }, 'in 30 days'),
        h('option', { value: '365' }, 'in a year'),
      ),
    ),
  );
  create.classList.add('card');
  load().catch((error: unknown) => (status.textContent = messageOf(error)));
  return h('section', {}, create, made, status, rows);
}

function endOf(days: string): string | null {
  return days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
}

/** The server stores only a hash, so the key cannot be shown again. */
function shownOnce(apiKey: string, done: () => void): HTMLElement {
  return h(
    'div',
    { class: 'card secret' },
    h('p', {}, 'Store this key now. It is not shown again.'),
    h('output', { 'aria-label': 'The new API key' }, apiKey),
    h(
      'div',
      { class: 'buttons' },
      action('Copy', () => navigator.clipboard.writeText(apiKey)),
      h('button', { type: 'button', onclick: done }, 'I have stored it'),
    ),
  );
}
