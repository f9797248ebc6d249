import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityTarget, Repository } from 'typeorm';
import { DomainError } from '../../common/domain-error.js';
import type { Listed } from '../../common/page.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { type Listing, readAll } from '../../database/listing.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { Artist } from '../artists/artist.entity.js';
import { MergedArtist } from '../artists/merged-artist.entity.js';
import { Song } from '../artists/song.entity.js';
import { EmailCode } from '../email-codes/email-code.entity.js';
import { KnownNetwork } from '../known-networks/known-network.entity.js';
import { outboxKind } from '../mail/mail-kinds.js';
import { OutboxMessage } from '../outbox/outbox-message.entity.js';
import { RecoveryCode } from '../second-factor/recovery-code.entity.js';
import { TotpFactor } from '../second-factor/totp-factor.entity.js';
import type { AuditEvent } from '../security-events/audit-event.entity.js';
import { AuditTrail } from '../security-events/audit-trail.js';
import { Passkey } from '../passkeys/passkey.entity.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { ContinuedAccess } from '../sessions/continued-access.js';
import { Session } from '../sessions/session.entity.js';
import { mayExport } from '../users/user-policy.js';
import { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** The second factors of a user, except for passkeys. */
export interface ExportedFactors {
  /** Null: no authenticator app. */
  readonly totp: TotpFactor | null;
  /** The unused ones. */
  readonly recoveryCodes: readonly RecoveryCode[];
}

/**
 * Everything that is stored about a user. The lists are read once, while they are iterated, the long ones a page at a
 * time; this throws DomainError `invalid_token` or `invalid_api_key` once the credentials of the export are revoked.
 */
export interface AccountExport {
  readonly user: User;
  readonly sessions: AsyncIterable<Session>;
  readonly knownNetworks: AsyncIterable<KnownNetwork>;
  readonly factors: ExportedFactors;
  readonly apiKeys: AsyncIterable<ApiKey>;
  readonly passkeys: AsyncIterable<Passkey>;
  readonly artists: AsyncIterable<Artist>;
  readonly mergedArtists: AsyncIterable<MergedArtist>;
  readonly songs: AsyncIterable<Song>;
  readonly emailCodes: AsyncIterable<EmailCode>;
  readonly messages: AsyncIterable<OutboxMessage>;
  readonly auditEvents: AsyncIterable<AuditEvent>;
}

/** A row that belongs to a user. */
interface OwnedRow extends Listed {
  readonly userId: string | null;
}

type BeforePage = () => Promise<void>;

const TO_NEW_ADDRESS = [outboxKind('new-address'), outboxKind('address-taken')];

/** Exports accounts: every row with a foreign key to the user, and the audit events with their id. */
@Injectable()
export class AccountExportService {
  constructor(
    @InjectRepository(User) private readonly repository: Repository<User>,
    private readonly users: UsersService,
    private readonly database: Database,
    private readonly trail: AuditTrail,
    private readonly access: ContinuedAccess,
    private readonly events: SecurityEvents,
  ) {}

  /** @throws DomainError `forbidden` for another's account without the role SUPER_ADMIN, `user_not_found` */
  async export(principal: Principal, id: string): Promise<AccountExport> {
    if (!mayExport(principal, id)) throw new DomainError('forbidden');
    const user = await this.users.get(principal, id);
    this.events.record('account.exported', { actorId: principal.userId, userId: user.id });
    const beforePage = (): Promise<void> => this.access.assertUnchanged(principal);
    return {
      user,
      sessions: this.rowsOf(user, Session, beforePage),
      knownNetworks: this.networksOf(user, beforePage),
      factors: await this.factorsOf(user),
      apiKeys: this.rowsOf(user, ApiKey, beforePage),
      passkeys: this.rowsOf(user, Passkey, beforePage),
      artists: this.rowsOf(user, Artist, beforePage),
      mergedArtists: this.mergedArtistsOf(user, beforePage),
      songs: this.songsOf(user, beforePage),
      emailCodes: this.codesOf(user, beforePage),
      messages: this.messagesOf(user, beforePage),
      auditEvents: this.trail.involving(user.id, beforePage),
    };
  }

  private rowsOf<Row extends OwnedRow>(
    { id }: User,
    entity: EntityTarget<Row>,
    beforePage: BeforePage,
  ): AsyncGenerator<Row> {
    const where = { userId: id } as Listing<Row>['where'];
    return readAll(this.database, { rows: this.repository.manager.getRepository(entity), where }, beforePage);
  }

  /** In one statement: a user has few, since they are deleted after 90 days without a login. */
  private async *networksOf({ id: userId }: User, beforePage: BeforePage): AsyncGenerator<KnownNetwork> {
    await beforePage();
    yield* await this.repository.manager.findBy(KnownNetwork, { userId });
  }

  private async factorsOf({ id: userId }: User): Promise<ExportedFactors> {
    const { manager } = this.repository;
    return {
      totp: await manager.findOneBy(TotpFactor, { userId }),
      recoveryCodes: await manager.findBy(RecoveryCode, { userId }),
    };
  }

  /** Without unused codes to a new address: there is one only where the address is free. */
  private async *codesOf(user: User, beforePage: BeforePage): AsyncGenerator<EmailCode> {
    for await (const code of this.rowsOf(user, EmailCode, beforePage)) {
      if (code.kind !== 'new_address' || code.usedAt !== null) yield code;
    }
  }

  /** Without the mails to a new address: what became of them would tell whether it has a user. */
  private async *messagesOf(user: User, beforePage: BeforePage): AsyncGenerator<OutboxMessage> {
    for await (const message of this.rowsOf(user, OutboxMessage, beforePage)) {
      if (!TO_NEW_ADDRESS.includes(message.kind)) yield message;
    }
  }

  /** In one statement: a user has few, since artists are merged one at a time. In the order of the artists. */
  private async *mergedArtistsOf({ id: userId }: User, beforePage: BeforePage): AsyncGenerator<MergedArtist> {
    await beforePage();
    const order = { artist: { createdAt: 'DESC', id: 'DESC' } } as const;
    yield* await this.repository.manager.find(MergedArtist, { where: { artist: { userId } }, order });
  }

  /** In the order of the artists. */
  private async *songsOf(user: User, beforePage: BeforePage): AsyncGenerator<Song> {
    const rows = this.repository.manager.getRepository(Song);
    for await (const { id: artistId } of this.rowsOf(user, Artist, beforePage)) {
      yield* readAll(this.database, { rows, where: { artistId } }, beforePage);
    }
  }
}
