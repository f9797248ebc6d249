import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { invalidField } from '../../common/domain-error.js';
import { passwordProblem } from '../../common/password-policy.js';
import { PasswordHasher } from './password-hasher.js';

export interface NewPassword {
  readonly password: string;
  /** The user's address, which must not be the password. */
  readonly email: string;
  /** The name of the input field, for the error. */
  readonly field: string;
}

/** Accepts and hashes passwords that users choose. */
@Injectable()
export class NewPasswords {
  constructor(private readonly hasher: PasswordHasher) {}

  /** @throws DomainError `invalid_request` when the password is too easy to guess */
  assertAcceptable({ password, email, field }: NewPassword): void {
    const problem = passwordProblem(password, email);
    if (problem) throw invalidField({ ...problem, field, message: `${field} ${problem.message}` });
  }

  /** The hash to store. @throws DomainError `invalid_request` when the password is too easy to guess, `overloaded` */
  async hash(chosen: NewPassword, caller: Caller): Promise<string> {
    this.assertAcceptable(chosen);
    return this.hasher.hash(chosen.password, caller);
  }
}
