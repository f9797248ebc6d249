import { invalidField } from '../../../common/domain-error.js';
import { SecondFactorField } from '../../../http/input/fields/code-field.js';
import { PasswordField } from '../../../http/input/fields/password-fields.js';
import { notTogether } from '../../../http/input/together.js';
import type { ReauthenticationProof } from '../../../modules/auth/reauthentication.service.js';
import { type PasskeyAssertion, PasskeyAssertionField, toAssertion } from './passkey.dto.js';

export class PasswordConfirmation {
  @PasswordField()
  password!: string;

  @SecondFactorField({ optional: true })
  code?: string;
}

export class PasskeyConfirmation {
  @PasskeyAssertionField()
  credential!: PasskeyAssertion;
}

/** One of the two above. */
export class ReauthenticateDto {
  @PasswordField({ optional: true })
  password?: string;

  @SecondFactorField({ optional: true })
  code?: string;

  @PasskeyAssertionField({ optional: true })
  credential?: PasskeyAssertion;
}

/** @throws DomainError `invalid_request` unless there is either a password or a credential; a code goes with a password */
export function toProof({ password, code, credential }: ReauthenticateDto): ReauthenticationProof {
  if (credential !== undefined) {
    if (password !== undefined) throw notTogether('password', 'credential');
    if (code !== undefined) throw notTogether('code', 'credential');
    return { credential: toAssertion(credential) };
  }
  if (password !== undefined) return { password, code };
  throw invalidField({
    field: 'password',
    code: 'required',
    message: 'password is required, or credential instead of it',
    hint: 'Enter your password',
  });
}
