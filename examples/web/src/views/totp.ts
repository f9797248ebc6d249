import { api, type Security } from '../client.js';
import { action, confirmed, field, form, h } from '../dom.js';
import { qrCode } from '../qr-code.js';
import { withRecentLogin } from '../recent-login.js';

/** The authenticator app of the account: set up, new recovery codes, switch off. */
export function totpCard(security: Security): HTMLElement {
  const content = h('div', { class: 'stack' });
  const show = (...children: Node[]): void => content.replaceChildren(...children);

  function showOff(): void {
    show(h('p', {}, 'Logins ask for your password alone.'), action('Set up an authenticator app', setUp));
  }

  function showOn(recoveryCodesLeft: number): void {
    show(
      h('p', {}, 'Logins ask for a code of your authenticator app. Recovery codes left: ', String(recoveryCodesLeft)),
      h(
        'div',
        { class: 'buttons' },
        action('New recovery codes', replaceCodes),
        action('Switch off', switchOff, { class: 'danger' }),
      ),
    );
  }

  async function setUp(): Promise<void> {
    const { uri, secret } = await withRecentLogin(() => api.beginTotp());
    show(
      h('p', {}, 'Scan this with your authenticator app, or type the secret into it.'),
      qrCode(uri, 'QR code for the authenticator app'),
      h('output', { 'aria-label': 'The secret' }, secret),
      form(
        {
          submit: 'Switch on',
          label: 'Authenticator app',
          send: async (values) => {
            const body = { code: values.text('code') };
            showCodes((await withRecentLogin(() => api.verifyTotp(body))).recoveryCodes);
          },
        },
        field({
          label: 'The code that the app shows',
          name: 'code',
          autocomplete: 'one-time-code',
          inputmode: 'numeric',
          required: true,
        }),
      ),
    );
  }

  async function replaceCodes(): Promise<void> {
    showCodes((await withRecentLogin(() => api.replaceRecoveryCodes())).recoveryCodes);
  }

  /** The server stores only digests, so the codes cannot be shown again. */
  function showCodes(codes: readonly string[]): void {
    show(
      h('p', {}, 'Save these recovery codes now. Each logs you in once without the app. They are not shown again.'),
      h('ol', { class: 'codes', 'aria-label': 'Recovery codes' }, ...codes.map((code) => h('li', {}, code))),
      h(
        'div',
        { class: 'buttons' },
        action('Copy', () => navigator.clipboard.writeText(codes.join('\n'))),
        h('button', { type: 'button', onclick: () => showOn(codes.length) }, 'I have saved them'),
      ),
    );
  }

  async function switchOff(): Promise<void> {
    if (!(await confirmed('Switch the authenticator app off? Your recovery codes go with it.', 'Switch off'))) return;
    await withRecentLogin(() => api.removeTotp());
    showOff();
  }

  if (security.totp) showOn(security.recoveryCodesLeft);
  else showOff();
  return h('section', { class: 'card', 'aria-label': 'Authenticator app' }, h('h2', {}, 'Authenticator app'), content);
}
