import { field, form, h } from '../dom.js';
import { logIn, signUp } from '../session.js';

/** What a visitor sees: log in, or sign up. */
export function welcomeView(): HTMLElement {
  const panel = h('section', { class: 'card' });
  const show = (content: () => Node[]): void => {
    panel.replaceChildren(...content());
    panel.querySelector('input')?.focus();
  };
  const link = (text: string, content: () => Node[]): HTMLElement =>
    h('button', { type: 'button', class: 'link', onclick: () => show(content) }, text);

  const logInForm = (): Node[] => [
    h('h1', {}, 'Log in'),
    form(
      {
        submit: 'Log in',
        label: 'Log in',
        send: (values) => logIn(values.text('email'), values.text('password')),
      },
      email(),
      field({
        label: 'Password',
        name: 'password',
        type: 'password',
        autocomplete: 'current-password',
        required: true,
      }),
    ),
    h('p', { class: 'aside' }, 'New here? ', link('Sign up', signUpForm)),
  ];

  const signUpForm = (): Node[] => [
    h('h1', {}, 'Sign up'),
    form(
      {
        submit: 'Sign up',
        label: 'Sign up',
        send: (values) =>
          signUp({ name: values.text('name'), email: values.text('email'), password: values.text('password') }),
      },
      field({ label: 'Name', name: 'name', autocomplete: 'name', required: true, maxlength: 101 }),
      email(),
      field({
        label: 'Password',
        name: 'password',
        type: 'password',
        autocomplete: 'new-password',
        required: true,
        minlength: 8,
        hint: 'At least 8 characters. A few words together are easy to keep in mind, and hard to guess.',
      }),
    ),
    h('p', { class: 'aside' }, 'Have an account? ', link('Log in', logInForm)),
  ];

  show(logInForm);
  return h('main', { class: 'welcome' }, h('p', { class: 'brand' }, 'Roster'), panel);
}

function email(): HTMLElement {
  return field({ label: 'E-mail', name: 'email', type: 'email', autocomplete: 'email', required: true });
}
