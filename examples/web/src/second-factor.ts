import { ApiError } from 'stagedoor-client';
import { field, type FormValues, h } from './dom.js';

/** A place for the field of a second factor, which stays empty until the server asks for it. */
export class SecondFactorField {
  readonly element = h('div');

  /** Sends with the code, if there is one. Shows the field, and no error, where a code is missing. */
  async send(values: FormValues, call: (code: string | undefined) => Promise<unknown>): Promise<void> {
    const isShown = this.element.hasChildNodes();
    try {
      await call(isShown ? values.text('code') : undefined);
    } catch (error) {
      const isMissing = error instanceof ApiError && error.code === 'second_factor_required' && !isShown;
      if (!isMissing) throw error;
      this.show();
    }
  }

  private show(): void {
    const code = field({
      label: 'Code',
      name: 'code',
      autocomplete: 'one-time-code',
      required: true,
      hint: 'From your authenticator app, or one of your recovery codes.',
    });
    this.element.append(code);
    code.querySelector('input')?.focus();
  }
}
