import { Module } from '@nestjs/common';
import { NewPasswords } from './new-passwords.js';
import { PasswordHasher } from './password-hasher.js';

/** Password hashing. */
@Module({ providers: [PasswordHasher, NewPasswords], exports: [PasswordHasher, NewPasswords] })
export class PasswordsModule {}
