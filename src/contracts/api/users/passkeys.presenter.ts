import { ApiProperty } from '@nestjs/swagger';
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { CREDENTIAL_ID, PASSKEY_ID } from '../../../http/docs/example-values.js';
import { IdProperty, NullableTimeProperty, TimeProperty } from '../../../http/docs/properties.js';
import type { Passkey } from '../../../modules/passkeys/passkey.entity.js';

export class PasskeyView {
  @IdProperty(PASSKEY_ID)
  id!: string;

  @ApiProperty({ example: 'MacBook' })
  name!: string;

  @ApiProperty({ description: "Whether a password manager syncs it to all of the user's devices.", example: true })
  synced!: boolean;

  @TimeProperty()
  createdAt!: string;

  @NullableTimeProperty({ description: 'When it was last used to log in or to confirm; null: never.' })
  lastUsed!: string | null;
}

class RelyingPartyView {
  @ApiProperty({ description: 'The domain of the passkeys.', example: 'app.example' })
  id!: string;

  @ApiProperty({ description: 'The name of the application.', example: 'Stagedoor' })
  name!: string;
}

class PasskeyUserView {
  @ApiProperty({ description: 'The bytes of your id, in base64url.', example: 'AZNcbo86fSGbTF5vfQwbDQ' })
  id!: string;

  @ApiProperty({ description: 'Your e-mail address.', example: 'john@example.com' })
  name!: string;

  @ApiProperty({ example: 'John Doe' })
  displayName!: string;
}

class KeyParametersView {
  @ApiProperty({ enum: ['public-key'], example: 'public-key' })
  type!: 'public-key';

  @ApiProperty({ type: 'integer', description: 'A COSE algorithm identifier.', example: -7 })
  alg!: number;
}

class ExistingKeyView {
  @ApiProperty({ example: CREDENTIAL_ID })
  id!: string;

  @ApiProperty({ enum: ['public-key'], example: 'public-key' })
  type!: 'public-key';

  @ApiProperty({ type: [String], example: ['internal'] })
  transports!: string[];
}

class AuthenticatorSelectionView {
  @ApiProperty({ enum: ['required'], example: 'required' })
  residentKey!: 'required';

  @ApiProperty({ example: true })
  requireResidentKey!: boolean;

  @ApiProperty({ enum: ['required'], example: 'required' })
  userVerification!: 'required';
}

class CreationExtensionsView {
  @ApiProperty({ example: true })
  credProps!: boolean;
}

/** What `navigator.credentials.create()` takes, in the JSON of WebAuthn level 3. */
export class PasskeyCreationOptionsView {
  @ApiProperty()
  rp!: RelyingPartyView;

  @ApiProperty()
  user!: PasskeyUserView;

  @ApiProperty({
    description: 'Valid for five minutes, for one new passkey.',
    example: 'pZc1nQ0x3hXk2uQ9l0yq5wGT1y1nOe8iYk3m7sV4bT2r6dFhJ8aLwE0uC9xRzNq1vB5oKtGpSfHiDjMlQyWeAbUc',
  })
  challenge!: string;

  @ApiProperty({ type: [KeyParametersView] })
  pubKeyCredParams!: KeyParametersView[];

  @ApiProperty({ type: 'integer', description: 'Milliseconds.', example: 300_000 })
  timeout!: number;

  @ApiProperty({
    type: [ExistingKeyView],
    description: 'Your passkeys, so that their devices do not create a second one.',
  })
  excludeCredentials!: ExistingKeyView[];

  @ApiProperty()
  authenticatorSelection!: AuthenticatorSelectionView;

  @ApiProperty({ enum: ['none'], example: 'none' })
  attestation!: 'none';

  @ApiProperty()
  extensions!: CreationExtensionsView;
}

export function presentPasskey({ id, name, isSynced, createdAt, lastUsedAt }: Passkey): PasskeyView {
  return {
    id,
    name,
    synced: isSynced,
    createdAt: createdAt.toISOString(),
    lastUsed: lastUsedAt?.toISOString() ?? null,
  };
}

export function presentCreationOptions(options: PublicKeyCredentialCreationOptionsJSON): PasskeyCreationOptionsView {
  const { rp, user, challenge, pubKeyCredParams, timeout = 0, excludeCredentials = [] } = options;
  return {
    rp: { id: rp.id ?? '', name: rp.name },
    user,
    challenge,
    pubKeyCredParams: pubKeyCredParams.map(({ alg }) => ({ type: 'public-key', alg })),
    timeout,
    excludeCredentials: excludeCredentials.map(({ id, transports = [] }) => ({ id, type: 'public-key', transports })),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    extensions: { credProps: true },
  };
}
