import { ApiProperty } from '@nestjs/swagger';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';

/** What `navigator.credentials.get()` takes, in the JSON of WebAuthn level 3. */
export class PasskeyRequestOptionsView {
  @ApiProperty({
    description: 'Valid for five minutes, and for one login.',
    example: 'pZc1nQ0x3hXk2uQ9l0yq5wGT1y1nOe8iYk3m7sV4bT2r6dFhJ8aLwE0uC9xRzNq1vB5oKtGpSfHiDjMlQyWeAbUc',
  })
  challenge!: string;

  @ApiProperty({ description: 'The domain of the passkeys.', example: 'app.example' })
  rpId!: string;

  @ApiProperty({ type: 'integer', description: 'Milliseconds.', example: 300_000 })
  timeout!: number;

  @ApiProperty({ enum: ['required'], example: 'required' })
  userVerification!: 'required';
}

export function presentRequestOptions(options: PublicKeyCredentialRequestOptionsJSON): PasskeyRequestOptionsView {
  const { challenge, rpId = '', timeout = 0 } = options;
  return { challenge, rpId, timeout, userVerification: 'required' };
}
