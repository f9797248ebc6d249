import { api } from '../client.js';
import { action, emailField, field, form, h, messageOf } from '../dom.js';
import { logInWithPasskey, offerPasskeys, supportsPasskeys } from '../passkey.js';
import { SecondFactorField } from '../second-factor.js';

/** Login and sign-up. */
export function welcomeView(): HTMLElement {
  const panel = h('section', { class: 'card' });
  const show = (content: () => Node[]): void => {
    panel.replaceChildren(...content());
    panel.querySelector('input')?.focus();
  };
  const link = (text: string, content: () => Node[]): HTMLElement =>
    h('button', { type: 'button', class: 'link', onclick: () => show(content) }, text);

  const secondFactor = new SecondFactorField();
  const offer = h('p', { class: 'problem', role: 'alert' });

  const logInForm = (): Node[] => [
    h('h1', {}, 'Log in'),
    form(
      {
        submit: 'Log in',
        label: 'Log in',
        send: (values) =>
          secondFactor.send(values, (code) =>
            api.logIn({ email: values.text('email'), password: values.text('password'), code }),
          ),
      },
      // `webauthn` lets the browser offer passkeys here.
      emailField('E-mail', 'username webauthn'),
      field({
        label: 'Password',
        name: 'password',
        type: 'password',
        autocomplete: 'current-password',
        required: true,
      }),
      secondFactor.element,
    ),
    ...(supportsPasskeys() ? [action('Use a passkey', logInWithPasskey), offer] : []),
    h('p', { class: 'aside' }, h('a', { href: '#forgot' }, 'Forgot your password?')),
    h('p', { class: 'aside' }, 'New here? ', link('Sign up', signUpForm)),
  ];

  const signUpForm = (): Node[] => [
    h('h1', {}, 'Sign up'),
    form(
      {
        submit: 'Sign up',
        label: 'Sign up',
        send: (values) =>
          api.signUp({ name: values.text('name'), email: values.text('email'), password: values.text('password') }),
      },
      field({ label: 'Name', name: 'name', autocomplete: 'name', required: true, maxlength: 101 }),
      emailField(),
      field({
        label: 'Password',
        name: 'password',
        type: 'password',
        autocomplete: 'new-password',
        required: true,
        minlength: 8,
        hint: 'At least 8 characters. A few words together are easy to remember and hard to guess.',
      }),
    ),
    h('p', { class: 'aside' }, 'Have an account? ', link('Log in', logInForm)),
  ];

  show(logInForm);
  offerPasskeys().catch((error: unknown) => (offer.textContent = messageOf(error)));
  return panel;
}
