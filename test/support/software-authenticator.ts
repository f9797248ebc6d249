import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server';
import { type Cbor, encodeCbor } from './cbor.js';

/** The bits of authenticator data (WebAuthn level 3, section 6.1). */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const BACKUP_ELIGIBLE = 0x08;
const BACKED_UP = 0x10;
const ATTESTED_CREDENTIAL = 0x40;

const AAGUID = Buffer.alloc(16);

interface Making {
  /** Where the page or the app is. */
  readonly origin?: string;
  /** Whether the key is in a password manager that syncs it. */
  readonly isSynced?: boolean;
  /** Whether it counts its signatures. */
  readonly counts?: boolean;
}

/** What a page, a browser or an authenticator does otherwise than it should. */
export interface Deviation {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly clientData?: object;
  readonly userVerified?: boolean;
  readonly userPresent?: boolean;
  readonly isSynced?: boolean;
  readonly signCount?: number;
  readonly userHandle?: string | undefined;
  readonly id?: string;
  /** The id of the new key. */
  readonly credentialId?: string;
  readonly algorithm?: number;
  readonly attestation?: readonly [format: string, statement: ReadonlyMap<string, Cbor>];
  readonly signature?: Buffer;
}

interface Key {
  readonly credentialId: Buffer;
  readonly privateKey: KeyObject;
  readonly userHandle: string;
  signCount: number;
}

/**
 * A browser with a platform authenticator, in software: it creates ES256 keys and signs with them as WebAuthn says, or
 * deviates from it as a test asks.
 */
export class SoftwareAuthenticator {
  readonly origin: string;
  private readonly isSynced: boolean;
  private readonly counts: boolean;
  private readonly keys: Key[] = [];

  constructor({ origin = 'https://app.example', isSynced = true, counts = false }: Making = {}) {
    this.origin = origin;
    this.isSynced = isSynced;
    this.counts = counts;
  }

  /** Like `navigator.credentials.create()`, with the response in JSON. */
  create(options: PublicKeyCredentialCreationOptionsJSON, deviation: Deviation = {}): RegistrationResponseJSON {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const credentialId = deviation.credentialId ? Buffer.from(deviation.credentialId, 'base64url') : randomBytes(32);
    const key: Key = { credentialId, privateKey, userHandle: options.user.id, signCount: 0 };
    this.keys.push(key);
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const coseKey = new Map<number, Cbor>([
      [1, 2],
      [3, deviation.algorithm ?? -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]);
    const authData = Buffer.concat([
      this.authenticatorData(key, options.rp.id ?? '', deviation, ATTESTED_CREDENTIAL),
      AAGUID,
      lengthOf(key.credentialId),
      key.credentialId,
      encodeCbor(coseKey),
    ]);
    const [format, statement] = deviation.attestation ?? ['none', new Map<string, Cbor>()];
    const attestationObject = encodeCbor(
      new Map<string, Cbor>([
        ['fmt', format],
        ['attStmt', statement],
        ['authData', authData],
      ]),
    );
    const id = deviation.id ?? key.credentialId.toString('base64url');
    return {
      ...{ id, rawId: id, type: 'public-key', authenticatorAttachment: 'platform' },
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: this.clientData('webauthn.create', options.challenge, deviation),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    };
  }

  /** Like `navigator.credentials.get()`, with the response in JSON: by the key that was created last. */
  get(options: PublicKeyCredentialRequestOptionsJSON, deviation: Deviation = {}): AuthenticationResponseJSON {
    const key = this.keys.at(-1);
    if (!key) throw new Error('This authenticator has no key');
    if (this.counts) key.signCount++;
    const authData = this.authenticatorData(key, options.rpId ?? '', deviation);
    const clientDataJSON = this.clientData('webauthn.get', options.challenge, deviation);
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    const signature = deviation.signature ?? sign('sha256', signed, key.privateKey);
    const id = deviation.id ?? key.credentialId.toString('base64url');
    const userHandle = 'userHandle' in deviation ? deviation.userHandle : key.userHandle;
    return {
      ...{ id, rawId: id, type: 'public-key', authenticatorAttachment: 'platform', clientExtensionResults: {} },
      response: {
        clientDataJSON,
        authenticatorData: authData.toString('base64url'),
        signature: signature.toString('base64url'),
        ...(userHandle !== undefined && { userHandle }),
      },
    };
  }

  /** A copy of this authenticator with all its keys, as an attacker would make one. */
  clone(): SoftwareAuthenticator {
    const copy = new SoftwareAuthenticator({ origin: this.origin, isSynced: this.isSynced, counts: this.counts });
    copy.keys.push(...this.keys.map((key) => ({ ...key })));
    return copy;
  }

  private authenticatorData(key: Key, rpId: string, deviation: Deviation, more = 0): Buffer {
    const { userPresent = true, userVerified = true, isSynced = this.isSynced } = deviation;
    const flags =
      (userPresent ? USER_PRESENT : 0) |
      (userVerified ? USER_VERIFIED : 0) |
      (isSynced ? BACKUP_ELIGIBLE | BACKED_UP : 0) |
      more;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(deviation.signCount ?? key.signCount);
    return Buffer.concat([sha256(deviation.rpId ?? rpId), Buffer.from([flags]), counter]);
  }

  private clientData(type: string, challenge: string, deviation: Deviation): string {
    const data = {
      type: deviation.type ?? type,
      challenge: deviation.challenge ?? challenge,
      origin: deviation.origin ?? this.origin,
      crossOrigin: false,
      ...deviation.clientData,
    };
    return Buffer.from(JSON.stringify(data)).toString('base64url');
  }
}

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

function lengthOf(bytes: Buffer): Buffer {
  return Buffer.from([bytes.length >> 8, bytes.length & 0xff]);
}
