import type { MailKind } from './mail-kinds.js';

const IF_NOT_YOU = `If this was not you, change your password at once: that ends every
session of your account. Then check your API keys.`;

/** The English templates, in the syntax of `template.ts`. */
export const BUILT_IN_TEMPLATES: Readonly<Record<MailKind, string>> = {
  reset: `Subject: Reset your {appName} password

You can set a new password for your {appName} account with this code:

    {code}

{?link}
Or open this link:

{link}

{/link}
The code works once, for one hour. If you did not ask for it, ignore this
mail: nothing changes until the code is used. Do not share it with anyone.

{?takeover}
Please note: no one has confirmed this address for the account yet. With
the code you show that the mailbox is yours, and the account becomes yours
alone. All sessions, pending changes of address, second factors and API
keys are removed, because they may belong to someone else.
You can choose to keep the API keys if you know them. Afterwards, check
the name, the username, the phone number and the artists of the account.
{/takeover}
{!takeover}
A new password ends every session. API keys and passkeys stay; the
account has {apiKeys} API keys and {passkeys} passkeys.
{?totp}
Logging in still takes a code from your authenticator app, or a recovery
code.
{/totp}
{/takeover}`,

  verify: `Subject: Confirm your {appName} address

Please confirm that this address belongs to your {appName} account. Log
in, and enter this code:

    {code}

{?link}
Or log in, and open this link:

{link}

{/link}
The code works for 24 hours. If you have no account, ignore this mail:
without the code the address is not confirmed.`,

  'new-address': `Subject: Confirm your new {appName} address

You asked to use this address for your {appName} account. Log in, and
enter this code:

    {code}

{?link}
Or log in, and open this link:

{link}

{/link}
The code works once, for 24 hours. Nothing changes until it is used. If
you did not ask for this, ignore this mail.`,

  invitation: `Subject: You are invited to {appName}

An administrator created an account for you at {appName}. Set your
password with this code:

    {code}

{?link}
Or open this link:

{link}

{/link}
The code works once, for 7 days. If you did not expect an invitation,
ignore this mail.`,

  'address-taken': `Subject: Your {appName} address was entered for another account

Someone tried to use this address for another {appName} account. It
belongs to yours, so nothing was changed.

If it was you, log in with this address, or reset your password. Otherwise
you can ignore this mail.`,

  'address-change-requested': `Subject: A new address for your {appName} account

Someone with access to your {appName} account asked to change its e-mail
address. A code was sent to the new address. Nothing changes until it is
used; you will get another mail if that happens.

${IF_NOT_YOU}`,

  'address-changed': `Subject: Your {appName} address was changed

The e-mail address of your {appName} account was changed. Mails now go to
the new address, and you log in with it.

{?code}
If this was not you, undo the change with this code:

    {code}

{?link}
Or open this link:

{link}

{/link}
The code works once, for 7 days. It restores this address, ends every
session, and removes the password, and the API keys and second factors
that were added shortly before the change. You then get a code to set a
new password.
{/code}
{!code}
The change was confirmed with your second factor. If this was not you,
contact the support of {appName} at once.
{/code}`,

  'address-restored': `Subject: Your {appName} address was restored

The change of your e-mail address was undone, and every session of your
{appName} account was ended. Now set a new password with this code:

    {code}

{?link}
Or open this link:

{link}

{/link}
The code works once, for one hour. Afterwards, check your API keys.`,

  'password-changed': `Subject: Your {appName} password was changed

The password of your {appName} account was changed, and your other
sessions were ended.

If this was not you, reset your password at once.`,

  'reset-code-created': `Subject: A reset code was created for your {appName} account

An administrator created a code that sets a new password for your
{appName} account. They will give it to you in person.

If you did not ask for this, contact the support of {appName}.`,

  'api-key-added': `Subject: An API key was added to your {appName} account

A new API key was created for your {appName} account. It can act in your
name until it expires or you revoke it.

${IF_NOT_YOU}`,

  'api-key-rotated': `Subject: An API key of your {appName} account has a new secret

An API key of your {appName} account was given a new secret. It can act
in your name until it expires or you revoke it.

${IF_NOT_YOU}`,

  'api-key-removed': `Subject: An API key of your {appName} account was revoked

An API key of your {appName} account, or the former secret of a key that
was rotated, was revoked and no longer works.

${IF_NOT_YOU}`,

  'totp-added': `Subject: An authenticator app was added to your {appName} account

An authenticator app was added to your {appName} account, and your other
sessions were ended. Logging in now takes your password and a code from
the app, or one of the recovery codes that you were shown.

If this was not you, reset your password at once, and contact the support
of {appName}.`,

  'totp-removed': `Subject: The authenticator app was removed from your {appName} account

The authenticator app and the recovery codes of your {appName} account
were removed. You can now log in with your password alone.

${IF_NOT_YOU}`,

  'recovery-codes-replaced': `Subject: New recovery codes for your {appName} account

New recovery codes were made for your {appName} account. The old ones no
longer work.

${IF_NOT_YOU}`,

  'passkey-added': `Subject: A passkey was added to your {appName} account

A new passkey was added to your {appName} account. Until it is removed, it
can be used to log in without a password.

${IF_NOT_YOU}`,

  'passkey-removed': `Subject: A passkey of your {appName} account was removed

A passkey of your {appName} account was removed. It can no longer be used
to log in.

${IF_NOT_YOU}`,

  'second-factors-removed': `Subject: The second factors of your {appName} account were removed

An administrator removed the authenticator app, the recovery codes and
the passkeys of your {appName} account, and ended every session. You can
now log in with your password alone.

If you did not ask for this, contact the support of {appName}.`,

  'wrong-codes': `Subject: Wrong codes for your {appName} account

Someone who knows the password of your {appName} account entered wrong
codes from your authenticator app ten times. Further wrong codes lock the
app for a while; your recovery codes still work then.

If this was not you, change your password at once: that ends the lock,
and every session of your account.`,

  'password-without-code': `Subject: Your {appName} password was used without a code

Someone entered the right password of your {appName} account, but no code
from your authenticator app, on a network from which you have not logged
in before. No one was logged in.

${IF_NOT_YOU}`,
};
