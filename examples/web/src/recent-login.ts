import { ApiError, type Schemas } from 'stagedoor-client';
import { api } from './client.js';
import { action, field, form, h, inDialog } from './dom.js';
import { signChallenge, supportsPasskeys } from './passkey.js';
import { SecondFactorField } from './second-factor.js';

type Confirmation = Schemas['PasswordConfirmation'] | Schemas['PasskeyConfirmation'];

/**
 * Runs `call`. Where the server requires a recent login, asks for the password or a passkey and runs it again.
 * @throws Problem if the server refuses, or the user does not confirm
 */
export async function withRecentLogin<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'reauthentication_required')) throw error;
    if (!(await isConfirmed())) throw error;
    return call();
  }
}

function isConfirmed(): Promise<boolean> {
  const secondFactor = new SecondFactorField();
  const confirm = async (body: Confirmation, close: (result: boolean) => void): Promise<void> => {
    await api.reauthenticate(body);
    close(true);
  };
  return inDialog((close) => [
    h('h2', {}, 'Confirm that it is you'),
    form(
      {
        submit: 'Confirm',
        label: 'Confirm that it is you',
        send: (values) =>
          secondFactor.send(values, (code) =>
            confirm({ password: values.text('password'), ...(code !== undefined && { code }) }, close),
          ),
      },
      field({
        label: 'Password',
        name: 'password',
        type: 'password',
        autocomplete: 'current-password',
        required: true,
        hint: 'You logged in more than ten minutes ago.',
      }),
      secondFactor.element,
    ),
    supportsPasskeys() &&
      action('Use a passkey instead', async () => confirm({ credential: await signChallenge() }, close)),
    h('button', { type: 'button', class: 'link', onclick: () => close(false) }, 'Cancel'),
  ]);
}
