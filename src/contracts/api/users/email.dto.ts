import { EmailField } from '../../../http/input/fields/account-fields.js';
import { CodeField, SecondFactorField } from '../../../http/input/fields/code-field.js';
import { notTogether } from '../../../http/input/together.js';
import type { AddressChange } from '../../../modules/accounts/email-change.service.js';
import { type PasskeyAssertion, PasskeyAssertionField, toAssertion } from '../auth/passkey.dto.js';

export class ChangeEmailDto {
  @EmailField()
  email!: string;

  @SecondFactorField({ optional: true })
  code?: string;

  @PasskeyAssertionField({
    optional: true,
    description: 'Instead of `code`: a credential that your passkey has signed.',
  })
  credential?: PasskeyAssertion;
}

export class VerifyEmailDto {
  @CodeField()
  code!: string;
}

/** @throws DomainError `invalid_request` for a code and a credential together */
export function toAddressChange({ email, code, credential }: ChangeEmailDto): AddressChange {
  if (code !== undefined && credential !== undefined) throw notTogether('code', 'credential');
  return { email, code, credential: credential && toAssertion(credential) };
}
