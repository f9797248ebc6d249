import { api } from '../client.js';
import { codeField, emailField, field, form, h } from '../dom.js';
import { codeInUrl } from '../page.js';

/*
 * The pages of people who are not logged in. Opening a link changes nothing: a code is used by a click on the button.
 */

/** Asks for a mail with a reset code. */
export function forgotView(): HTMLElement {
  const panel = card(
    'Forgot your password?',
    form(
      {
        submit: 'Send a code',
        label: 'Forgot your password?',
        send: async (values) => {
          await api.forgotPassword({ email: values.text('email') });
          // The server does not tell whether the address has an account, and neither does the page.
          panel.replaceChildren(
            ...done('Look at your mail', 'If the address has an account, a mail with a code is on its way.', {
              href: '#reset',
              text: 'Enter the code',
            }),
          );
        },
      },
      emailField(),
    ),
    h('p', { class: 'aside' }, h('a', { href: '#login' }, 'Back to the login')),
  );
  return panel;
}

/** Sets a new password with the code of a mail. */
export function resetView(): HTMLElement {
  return passwordPage({ title: 'Set a new password', submit: 'Set password' });
}

/** Sets the first password of an account that someone else created. */
export function invitationView(): HTMLElement {
  return passwordPage({ title: 'Welcome! Choose a password', submit: 'Accept invitation' });
}

function passwordPage({ title, submit }: { readonly title: string; readonly submit: string }): HTMLElement {
  const panel = card(
    title,
    form(
      {
        submit,
        label: title,
        send: async (values) => {
          await api.resetPassword({ code: values.text('code'), newPassword: values.text('newPassword') });
          panel.replaceChildren(...done('Your password is set', 'All sessions have ended.', LOG_IN));
        },
      },
      codeField(codeInUrl()),
      field({
        label: 'New password',
        name: 'newPassword',
        type: 'password',
        autocomplete: 'new-password',
        required: true,
        minlength: 8,
      }),
    ),
    h('p', { class: 'aside' }, 'No code, or an old one? ', h('a', { href: '#forgot' }, 'Get a new code')),
  );
  return panel;
}

/** Takes a change of address back, with the code that was mailed to the old one. */
export function undoView(): HTMLElement {
  const panel = card(
    'Keep your old e-mail address?',
    h('p', {}, 'This restores the old address, ends all sessions, and removes the password.'),
    form(
      {
        submit: 'Restore the old address',
        label: 'Keep your old e-mail address?',
        send: async (values) => {
          await api.undoEmailChange({ code: values.text('code') });
          panel.replaceChildren(
            ...done('Your old address is back', 'A mail with a code for a new password is on its way to it.', {
              href: '#reset',
              text: 'Enter the code',
            }),
          );
        },
      },
      codeField(codeInUrl()),
    ),
  );
  return panel;
}

export function deletedView(): HTMLElement {
  return h('section', { class: 'card' }, ...done('Your account is deleted', 'Nothing of it is left.', LOG_IN));
}

const LOG_IN = { href: '#login', text: 'Log in' };

function card(title: string, ...children: Node[]): HTMLElement {
  return h('section', { class: 'card' }, h('h1', {}, title), ...children);
}

function done(title: string, text: string, next: { readonly href: string; readonly text: string }): Node[] {
  return [h('h1', {}, title), h('p', { role: 'status' }, text), h('p', {}, h('a', { href: next.href }, next.text))];
}
