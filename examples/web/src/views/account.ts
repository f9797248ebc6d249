import { api, type Security } from '../client.js';
import { action, codeField, confirmed, emailField, form, h } from '../dom.js';
import { codeInUrl } from '../page.js';
import { withRecentLogin } from '../recent-login.js';

/** The user's address: whether it is verified, and how to change it. */
export function addressCard(email: string, { emailVerified, pendingEmail }: Security): HTMLElement {
  const status = h('p', { class: 'status', role: 'status' });
  const waits = pendingEmail ?? (emailVerified ? null : email);
  const change = form(
    {
      submit: 'Change address',
      label: 'Change address',
      send: async (values, element) => {
        const body = { email: values.text('email') };
        await withRecentLogin(() => api.changeEmail(body));
        element.reset();
        status.textContent = `A mail with a code is on its way to ${body.email}. Until it comes back nothing changes.`;
        verification.replaceChildren(...codeLinks(status));
      },
    },
    emailField('New e-mail address'),
  );
  const verification = h('p', { class: 'buttons' }, ...(waits === null ? [] : codeLinks(status)));
  if (waits !== null) status.textContent = `A code that was mailed to ${waits} verifies it.`;
  return h(
    'section',
    { class: 'card', 'aria-label': 'E-mail address' },
    h('h2', {}, 'E-mail address'),
    h('p', {}, email, emailVerified ? ' (verified)' : ' (not verified)'),
    status,
    verification,
    change,
  );
}

function codeLinks(status: HTMLElement): Node[] {
  return [
    h('a', { href: '#verify' }, 'Enter the code'),
    action('Send the code again', async () => {
      await api.resendCode();
      status.textContent = 'A mail with a code is on its way.';
    }),
  ];
}

/** Takes the code that verifies the address, or the one that it changes to. */
export function verifyView(): HTMLElement {
  const panel = h(
    'section',
    { class: 'card' },
    form(
      {
        submit: 'Verify',
        label: 'Verify your e-mail address',
        send: async (values) => {
          const body = { code: values.text('code') };
          const { email } = await api.verifyEmail(body);
          // Where EMAIL_VERIFICATION=required limited the session, a new token lifts the limit.
          await api.renew();
          panel.replaceChildren(h('p', { role: 'status' }, `${email} is verified.`));
        },
      },
      codeField(codeInUrl()),
    ),
  );
  return panel;
}

export function deleteCard(): HTMLElement {
  return h(
    'section',
    { class: 'card', 'aria-label': 'Delete account' },
    h('h2', {}, 'Delete account'),
    h('p', {}, 'Deletes your profile, artists, songs and API keys at once and for good.'),
    action('Delete my account', deleteAccount, { class: 'danger' }),
  );
}

async function deleteAccount(): Promise<void> {
  if (!(await confirmed('Delete your account with everything in it?', 'Delete account'))) return;
  await withRecentLogin(() => api.deleteMe());
  location.hash = '#deleted';
}
