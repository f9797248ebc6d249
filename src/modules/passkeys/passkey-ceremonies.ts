import { Inject, Injectable } from '@nestjs/common';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { DomainError } from '../../common/domain-error.js';
import { CONFIG, type Config } from '../../config/config.js';
import type { PasskeySettings } from '../../config/passkey-settings.js';
import { CHALLENGE_SECONDS } from './passkey-challenges.js';
import type { Passkey } from './passkey.entity.js';

/** ES256, EdDSA and RS256: one of them is in every authenticator. */
const ALGORITHMS = [-7, -8, -257];
const TIMEOUT_MS = CHALLENGE_SECONDS * 1000;
const PUBLIC_KEY_BYTES_MAX = 2048;

export interface PasskeyOwner {
  readonly id: string;
  readonly email: string;
  readonly displayName: string;
}

/** A public key that an authenticator has just created. */
export type CreatedKey = Pick<Passkey, 'credentialId' | 'publicKey' | 'signCount' | 'isSynced' | 'transports'>;

/**
 * The ceremonies of WebAuthn level 3, checked by SimpleWebAuthn. User verification and discoverable credentials are
 * required. Whatever is wrong with a response, its check returns undefined: no text of the library leaves this class.
 *
 * The library is loaded when it is first used.
 */
@Injectable()
export class PasskeyCeremonies {
  private readonly settings: PasskeySettings | undefined;
  private readonly appName: string;

  constructor(@Inject(CONFIG) { passkeys, appName }: Config) {
    this.settings = passkeys;
    this.appName = appName;
  }

  /** @throws DomainError `passkeys_not_configured` */
  requireConfigured(): PasskeySettings {
    if (!this.settings) throw new DomainError('passkeys_not_configured');
    return this.settings;
  }

  /**
   * What `navigator.credentials.create()` takes. An authenticator that has one of the `existing` keys creates no other.
   * @throws DomainError `passkeys_not_configured`
   */
  async creationOptions(
    owner: PasskeyOwner,
    challenge: Buffer,
    existing: readonly Passkey[],
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    const { rpId } = this.requireConfigured();
    const { generateRegistrationOptions } = await import('@simplewebauthn/server');
    return generateRegistrationOptions({
      rpName: this.appName,
      rpID: rpId,
      userID: new Uint8Array(userHandleOf(owner.id)),
      userName: owner.email,
      userDisplayName: owner.displayName,
      challenge: new Uint8Array(challenge),
      timeout: TIMEOUT_MS,
      attestationType: 'none',
      excludeCredentials: existing.map(({ credentialId, transports }) => ({
        id: credentialId.toString('base64url'),
        transports,
      })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  /**
   * What `navigator.credentials.get()` takes. It names no key, so that the user chooses among those of the device.
   * @throws DomainError `passkeys_not_configured`
   */
  async requestOptions(challenge: Buffer): Promise<PublicKeyCredentialRequestOptionsJSON> {
    const { rpId } = this.requireConfigured();
    const { generateAuthenticationOptions } = await import('@simplewebauthn/server');
    return generateAuthenticationOptions({
      rpID: rpId,
      challenge: new Uint8Array(challenge),
      timeout: TIMEOUT_MS,
      userVerification: 'required',
    });
  }

  /**
   * The key of a response to {@link creationOptions}. The attestation is not read: none was requested, and nothing here
   * depends on the make of an authenticator.
   */
  async createdKey(response: RegistrationResponseJSON, challenge: string): Promise<CreatedKey | undefined> {
    const { rpId, origins } = this.requireConfigured();
    const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
    try {
      const { registrationInfo } = await verifyRegistrationResponse({
        response: await withoutAttestation(response),
        expectedChallenge: challenge,
        expectedOrigin: [...origins],
        expectedRPID: rpId,
        supportedAlgorithmIDs: ALGORITHMS,
      });
      if (!registrationInfo || response.clientExtensionResults.credProps?.rk === false) return undefined;
      const { credential, credentialDeviceType } = registrationInfo;
      const credentialId = Buffer.from(credential.id, 'base64url');
      const isConsistent = credential.id === response.id && credential.publicKey.length <= PUBLIC_KEY_BYTES_MAX;
      if (!isConsistent) return undefined;
      return {
        credentialId,
        publicKey: Buffer.from(credential.publicKey),
        signCount: String(credential.counter),
        isSynced: credentialDeviceType === 'multiDevice',
        transports: [...new Set(response.response.transports)],
      };
    } catch {
      return undefined;
    }
  }

  /** The signature counter of a right response to {@link requestOptions} by this passkey. */
  async signCount(
    response: AuthenticationResponseJSON,
    challenge: string,
    passkey: Passkey,
  ): Promise<number | undefined> {
    const { rpId, origins } = this.requireConfigured();
    const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response,
        expectedChallenge: challenge,
        expectedOrigin: [...origins],
        expectedRPID: rpId,
        // Without a counter: the library would refuse a synced key whose counter does not grow.
        credential: { id: response.id, publicKey: new Uint8Array(passkey.publicKey), counter: 0 },
        requireUserVerification: true,
      });
      const isSynced = authenticationInfo.credentialDeviceType === 'multiDevice';
      return verified && isSynced === passkey.isSynced ? authenticationInfo.newCounter : undefined;
    } catch {
      return undefined;
    }
  }
}

/** What an authenticator returns to tell whose key it used: the bytes of the user's id. */
export function userHandleOf(userId: string): Buffer {
  return Buffer.from(userId.replaceAll('-', ''), 'hex');
}

/** The challenge that a response claims to answer; undefined where the page is in a frame of another origin. */
export function challengeOf(clientDataJSON: string): string | undefined {
  try {
    const data: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString());
    if (typeof data !== 'object' || data === null) return undefined;
    const { challenge, crossOrigin } = data as { readonly challenge?: unknown; readonly crossOrigin?: unknown };
    const isFramed = crossOrigin !== undefined && crossOrigin !== false;
    return typeof challenge === 'string' && !isFramed ? challenge : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The response as if the authenticator had made no statement about itself (WebAuthn level 3, section 8.7). Some make one
 * that was not requested, and checking it means parsing their certificates and fetching revocation lists.
 */
async function withoutAttestation(response: RegistrationResponseJSON): Promise<RegistrationResponseJSON> {
  const { decodeAttestationObject, isoCBOR } = await import('@simplewebauthn/server/helpers');
  const { attestationObject } = response.response;
  const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const bare = new Map<string, unknown>([
    ['fmt', 'none'],
    ['attStmt', new Map()],
    ['authData', decoded.get('authData')],
  ]);
  const encoded = isoCBOR.encode(bare as Parameters<typeof isoCBOR.encode>[0]);
  return {
    ...response,
    response: { ...response.response, attestationObject: Buffer.from(encoded).toString('base64url') },
  };
}
