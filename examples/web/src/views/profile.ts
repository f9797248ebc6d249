import { api, type User } from '../client.js';
import { field, form, h, messageOf } from '../dom.js';
import { addressCard, deleteCard } from './account.js';
import { passkeysCard } from './passkeys.js';
import { totpCard } from './totp.js';

/** The user's profile and account. */
export function profileView(): HTMLElement {
  const section = h('section', {}, h('p', { role: 'status' }, 'Loading …'));
  Promise.all([api.me(), api.showSecurity()])
    .then(([user, security]) =>
      section.replaceChildren(
        profileForm(user),
        addressCard(user.email, security),
        totpCard(security),
        passkeysCard(),
        deleteCard(),
      ),
    )
    .catch((error: unknown) => section.replaceChildren(h('p', { class: 'problem', role: 'alert' }, messageOf(error))));
  return section;
}

function profileForm(user: User): HTMLElement {
  const saved = h('p', { class: 'status', role: 'status' });
  const element = form(
    {
      submit: 'Save',
      label: 'Profile',
      send: async (values) => {
        saved.textContent = '';
        const body = {
          name: values.text('name'),
          username: values.text('username'),
          phone: values.text('phone').trim() || null,
        };
        await api.updateMe(body);
        saved.textContent = 'Saved.';
      },
    },
    field({ label: 'Name', name: 'name', value: user.name, autocomplete: 'name', required: true, maxlength: 101 }),
    field({
      label: 'Username',
      name: 'username',
      value: user.username,
      autocomplete: 'username',
      required: true,
      hint: '3 to 30 letters, digits, periods, underscores or hyphens.',
    }),
    field({
      label: 'Phone',
      name: 'phone',
      type: 'tel',
      value: user.phone ?? '',
      autocomplete: 'tel',
      hint: 'With the country, such as +12025550123. May be left empty.',
    }),
    h('p', { class: 'aside' }, `Role: ${user.role}. Member since ${new Date(user.createdAt).toLocaleDateString()}.`),
    saved,
  );
  element.classList.add('card');
  return element;
}
