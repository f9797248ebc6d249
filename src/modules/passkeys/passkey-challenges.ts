import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { addSeconds, Clock } from '../../common/clock.js';
import { SecretSeal } from '../../common/secret-seal.js';

/** How long a challenge can be answered: the time that a prompt of the browser stays open. */
export const CHALLENGE_SECONDS = 300;

const ID_BYTES = 16;
const TIME_BYTES = 6;
const MAC_BYTES = 32;

/** What a challenge may be answered for: a login, or a new passkey of one user. */
export type ChallengePurpose = 'login' | { readonly registrationOf: string };

/** A challenge of this server that has not expired. Whether it was answered before is known when it is spent. */
export interface OpenChallenge {
  readonly id: string;
  /** As the authenticator signed it. */
  readonly text: string;
  readonly expiresAt: Date;
}

/**
 * The challenges that authenticators sign. A challenge is a random id and a time of expiry, authenticated for one purpose
 * under a key derived from `APP_SECRET`: issuing one writes nothing, and every instance accepts it. It is stored when it is
 * spent, so that it can be spent only once.
 */
@Injectable()
export class PasskeyChallenges {
  private readonly keys: readonly [present: Buffer, ...previous: Buffer[]];

  constructor(
    private readonly clock: Clock,
    seal: SecretSeal,
  ) {
    this.keys = seal.keysFor('passkey challenges');
  }

  /** A new challenge, as raw bytes. */
  issue(purpose: ChallengePurpose): Buffer {
    const content = Buffer.alloc(ID_BYTES + TIME_BYTES);
    randomBytes(ID_BYTES).copy(content);
    content.writeUIntBE(addSeconds(this.clock.now(), CHALLENGE_SECONDS).getTime(), ID_BYTES, TIME_BYTES);
    return Buffer.concat([content, macOf(content, purpose, this.keys[0])]);
  }

  /** Undefined if it is not a challenge of this server for this purpose, or has expired. */
  open(text: string | undefined, purpose: ChallengePurpose): OpenChallenge | undefined {
    const bytes = Buffer.from(text ?? '', 'base64url');
    if (text === undefined || bytes.length !== ID_BYTES + TIME_BYTES + MAC_BYTES) return undefined;
    const [content, mac] = [bytes.subarray(0, -MAC_BYTES), bytes.subarray(-MAC_BYTES)];
    if (!this.keys.some((key) => timingSafeEqual(mac, macOf(content, purpose, key)))) return undefined;
    const expiresAt = new Date(content.readUIntBE(ID_BYTES, TIME_BYTES));
    return expiresAt > this.clock.now() ? { id: content.toString('hex', 0, ID_BYTES), text, expiresAt } : undefined;
  }

  /** Spends a challenge in the caller's transaction. False if it was spent before; of concurrent calls one returns true. */
  async spend(manager: EntityManager, { id, expiresAt }: OpenChallenge): Promise<boolean> {
    const spent = await manager.query<object[]>(
      'INSERT INTO spent_passkey_challenges (id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id',
      [id, expiresAt],
    );
    return spent.length === 1;
  }
}

function macOf(content: Buffer, purpose: ChallengePurpose, key: Buffer): Buffer {
  const named = purpose === 'login' ? purpose : `registration of ${purpose.registrationOf}`;
  return createHmac('sha256', key).update(content).update(named).digest();
}
