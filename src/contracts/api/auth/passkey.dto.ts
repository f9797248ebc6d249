import { ApiProperty } from '@nestjs/swagger';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { CREDENTIAL_ID } from '../../../http/docs/example-values.js';
import { accepts, Field, type Presence } from '../../../http/input/fields/field.js';
import { always } from '../../../http/input/fields/refusal.js';

/*
 * The JSON of WebAuthn level 3 (section 5.1, `toJSON()`). Browsers add fields to it from time to time, so unknown fields are
 * ignored here, unlike elsewhere.
 */

const CLIENT_DATA = 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0';
const BYTES = 'oWNmbXRkbm9uZQ';
const USER_HANDLE = 'AZNcbo86fSGbTF5vfQwbDQ';

const CREDENTIAL = { id: CREDENTIAL_ID, rawId: CREDENTIAL_ID, type: 'public-key', clientExtensionResults: {} };
const NEW_PASSKEY = { ...CREDENTIAL, response: { clientDataJSON: CLIENT_DATA, attestationObject: BYTES } };
const ASSERTION = {
  ...CREDENTIAL,
  response: { clientDataJSON: CLIENT_DATA, authenticatorData: BYTES, signature: BYTES, userHandle: USER_HANDLE },
};

/** Characters of base64url. */
const ID_MAX = 1364;
const CLIENT_DATA_MAX = 8192;
const ATTESTATION_MAX = 65_536;
const AUTHENTICATOR_DATA_MAX = 8192;
const SIGNATURE_MAX = 4096;
const USER_HANDLE_MAX = 128;
const TRANSPORTS_MAX = 16;
const TRANSPORT = /^[a-z0-9-]{1,32}$/;

class CredentialProperties {
  @ApiProperty({ required: false, description: 'Whether the passkey can be used without a username.', example: true })
  rk?: boolean;
}

class ClientExtensionResults {
  @ApiProperty({ required: false })
  credProps?: CredentialProperties;
}

class PasskeyCredential {
  @ApiProperty({ maxLength: ID_MAX, example: CREDENTIAL_ID })
  id!: string;

  @ApiProperty({ maxLength: ID_MAX, description: 'The same as `id`.', example: CREDENTIAL_ID })
  rawId!: string;

  @ApiProperty({ example: 'public-key' })
  type!: string;

  @ApiProperty({ type: String, required: false, nullable: true, example: 'platform' })
  authenticatorAttachment?: string | null;

  @ApiProperty()
  clientExtensionResults!: ClientExtensionResults;
}

class AttestationResponse {
  @ApiProperty({ maxLength: CLIENT_DATA_MAX, example: CLIENT_DATA })
  clientDataJSON!: string;

  @ApiProperty({ maxLength: ATTESTATION_MAX, example: BYTES })
  attestationObject!: string;

  @ApiProperty({ type: [String], required: false, maxItems: TRANSPORTS_MAX, example: ['internal', 'hybrid'] })
  transports?: string[];
}

class AssertionResponse {
  @ApiProperty({ maxLength: CLIENT_DATA_MAX, example: CLIENT_DATA })
  clientDataJSON!: string;

  @ApiProperty({ maxLength: AUTHENTICATOR_DATA_MAX, example: BYTES })
  authenticatorData!: string;

  @ApiProperty({ maxLength: SIGNATURE_MAX, example: BYTES })
  signature!: string;

  @ApiProperty({ required: false, maxLength: USER_HANDLE_MAX, example: USER_HANDLE })
  userHandle?: string;
}

/** What `navigator.credentials.create()` returns. */
export class NewPasskey extends PasskeyCredential {
  @ApiProperty()
  response!: AttestationResponse;
}

/** What `navigator.credentials.get()` returns. */
export class PasskeyAssertion extends PasskeyCredential {
  @ApiProperty()
  response!: AssertionResponse;
}

/** The credential of a new passkey. */
export function NewPasskeyField(): PropertyDecorator {
  return Field({
    rule: accepts(isNewPasskey),
    message: 'must be the JSON form of what navigator.credentials.create() returned',
    diagnose: always({ code: 'format' }),
    docs: {
      type: () => NewPasskey,
      description: 'The JSON form of what `navigator.credentials.create()` returned.',
      example: NEW_PASSKEY,
    },
  });
}

/** A credential that a passkey has signed. */
export function PasskeyAssertionField(presence: Presence & { readonly description?: string } = {}): PropertyDecorator {
  const description = presence.description ?? 'The JSON form of what `navigator.credentials.get()` returned.';
  return Field({
    ...presence,
    rule: accepts(isAssertion),
    message: 'must be the JSON form of what navigator.credentials.get() returned',
    diagnose: always({ code: 'format' }),
    docs: { type: () => PasskeyAssertion, description, example: ASSERTION },
  });
}

export class PasskeyLoginDto {
  @PasskeyAssertionField()
  credential!: PasskeyAssertion;
}

export function toNewCredential({ response, ...rest }: NewPasskey): RegistrationResponseJSON {
  const { clientDataJSON, attestationObject, transports = [] } = response;
  return { ...credentialOf(rest), response: { clientDataJSON, attestationObject, transports } };
}

export function toAssertion({ response, ...rest }: PasskeyAssertion): AuthenticationResponseJSON {
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  return {
    ...credentialOf(rest),
    response: { clientDataJSON, authenticatorData, signature, ...(userHandle != null && { userHandle }) },
  };
}

function credentialOf({ id, rawId, type, clientExtensionResults }: Omit<PasskeyCredential, 'response'>) {
  const { credProps } = clientExtensionResults;
  // The library checks the type.
  return { id, rawId, type: type as 'public-key', clientExtensionResults: { ...(credProps && { credProps }) } };
}

function isNewPasskey(value: unknown): boolean {
  return (
    isCredential(value) &&
    isText(value.response['clientDataJSON'], CLIENT_DATA_MAX) &&
    isText(value.response['attestationObject'], ATTESTATION_MAX) &&
    areTransports(value.response['transports'])
  );
}

function isAssertion(value: unknown): boolean {
  return (
    isCredential(value) &&
    isText(value.response['clientDataJSON'], CLIENT_DATA_MAX) &&
    isText(value.response['authenticatorData'], AUTHENTICATOR_DATA_MAX) &&
    isText(value.response['signature'], SIGNATURE_MAX) &&
    (value.response['userHandle'] == null || isText(value.response['userHandle'], USER_HANDLE_MAX))
  );
}

function isCredential(value: unknown): value is { readonly response: Readonly<Record<string, unknown>> } {
  return (
    isObject(value) &&
    isText(value['id'], ID_MAX) &&
    isText(value['rawId'], ID_MAX) &&
    isText(value['type'], ID_MAX) &&
    isObject(value['clientExtensionResults']) &&
    isObject(value['response'])
  );
}

function areTransports(value: unknown): boolean {
  if (value === undefined) return true;
  const isTransport = (one: unknown): boolean => typeof one === 'string' && TRANSPORT.test(one);
  return Array.isArray(value) && value.length <= TRANSPORTS_MAX && value.every(isTransport);
}

function isText(value: unknown, max: number): boolean {
  return typeof value === 'string' && value.length <= max;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
