import {
  browserSupportsWebAuthn,
  browserSupportsWebAuthnAutofill,
  startAuthentication,
  startRegistration,
} from '@simplewebauthn/browser';
import { ApiError } from 'stagedoor-client';
import { api } from './client.js';

export const supportsPasskeys = browserSupportsWebAuthn;

/** Creates a passkey on this device, or in the user's password manager, and adds it to the account. */
export async function addPasskey(name: string): Promise<void> {
  const credential = await startRegistration({ optionsJSON: await api.newPasskeyOptions() });
  await api.addPasskey({ credential, ...(name !== '' && { name }) });
}

/** Lets the user choose a passkey, which signs a challenge of the server. */
export async function signChallenge(useBrowserAutofill = false): ReturnType<typeof startAuthentication> {
  return startAuthentication({ optionsJSON: await api.passkeyOptions(), useBrowserAutofill });
}

export async function logInWithPasskey(): Promise<void> {
  await api.logInByPasskey({ credential: await signChallenge() });
}

/**
 * Offers passkeys in the autofill of the login form while it is shown, where the browser can. Settles when the user has
 * chosen one, or the offer has ended.
 */
export async function offerPasskeys(): Promise<void> {
  if (!(await browserSupportsWebAuthnAutofill())) return;
  try {
    await api.logInByPasskey({ credential: await signChallenge(true) });
  } catch (error) {
    // The form still works: the server has no passkeys, or the user closed the offer or used the button.
    if (error instanceof ApiError ? error.code !== 'passkeys_not_configured' : !isDismissal(error)) throw error;
  }
}

/** Whether the user, or another request for a passkey, ended the dialog of the browser. */
export function isDismissal(error: unknown): boolean {
  return error instanceof Error && ['AbortError', 'NotAllowedError'].includes(error.name);
}
