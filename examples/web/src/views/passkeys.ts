import { api, type Passkey } from '../client.js';
import { action, confirmed, dateOf, field, form, h, messageOf } from '../dom.js';
import { addPasskey, isDismissal, supportsPasskeys } from '../passkey.js';
import { withRecentLogin } from '../recent-login.js';

/** The passkeys of the account: add, rename, remove. */
export function passkeysCard(): HTMLElement {
  const rows = h('ul', { class: 'rows', 'aria-label': 'Passkeys' });
  const status = h('p', { class: 'status', role: 'status' });

  async function load(): Promise<void> {
    const passkeys = await api.listPasskeys();
    rows.replaceChildren(...passkeys.map(row));
    status.textContent = passkeys.length === 0 ? 'No passkeys yet.' : '';
  }

  function row(passkey: Passkey): HTMLElement {
    const name = h('input', { value: passkey.name, 'aria-label': 'Name', maxlength: 64, required: true });
    return h(
      'li',
      {},
      name,
      h('span', { class: 'since' }, ...(passkey.lastUsed ? ['last used ', dateOf(passkey.lastUsed)] : ['never used'])),
      h(
        'span',
        { class: 'buttons' },
        action('Rename', () => rename(passkey, name.value), { 'aria-label': `Rename ${passkey.name}` }),
        action('Remove', () => remove(passkey), { class: 'danger', 'aria-label': `Remove ${passkey.name}` }),
      ),
    );
  }

  async function rename({ id }: Passkey, name: string): Promise<void> {
    await withRecentLogin(() => api.renamePasskey(id, { name }));
    await load();
    status.textContent = 'Renamed.';
  }

  async function remove({ id, name }: Passkey): Promise<void> {
    if (!(await confirmed(`Remove ${name}? It no longer logs in.`, 'Remove'))) return;
    await withRecentLogin(() => api.removePasskey(id));
    await load();
  }

  const add = form(
    {
      submit: 'Add a passkey',
      label: 'New passkey',
      send: async (values, element) => {
        try {
          await withRecentLogin(() => addPasskey(values.text('name')));
        } catch (error) {
          if (isDismissal(error)) return;
          throw error;
        }
        element.reset();
        await load();
      },
    },
    field({ label: 'Name of the new passkey', name: 'name', maxlength: 64, autocomplete: 'off' }),
  );
  load().catch((error: unknown) => (status.textContent = messageOf(error)));
  return h(
    'section',
    { class: 'card', 'aria-label': 'Passkeys' },
    h('h2', {}, 'Passkeys'),
    h('p', {}, 'Log in with your fingerprint, face or device, without a password.'),
    status,
    rows,
    supportsPasskeys() && add,
  );
}
