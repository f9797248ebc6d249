import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { ARTIST_ID } from '../../../http/docs/example-values.js';
import { IdProperty, NULL, NullableTimeProperty, TimeProperty } from '../../../http/docs/properties.js';
import type { Streamed } from '../../../http/output/json-stream.js';
import type { AccountExport } from '../../../modules/accounts/account-export.service.js';
import type { EmailCodeKind } from '../../../modules/email-codes/email-code-kind.js';
import type { EmailCode } from '../../../modules/email-codes/email-code.entity.js';
import type { OutboxMessage, OutboxStatus } from '../../../modules/outbox/outbox-message.entity.js';
import type { User } from '../../../modules/users/user.entity.js';
import { ArtistView, presentArtist } from '../artists/artist.presenter.js';
import { AuditEventView, presentAuditEvent } from '../audit/audit.presenter.js';
import { KeyView, presentKey } from '../auth/key.presenter.js';
import { presentSession, SessionView } from '../auth/session.presenter.js';
import { presentSong, SongView } from '../songs/song.presenter.js';
import { PasskeyView, presentPasskey } from './passkeys.presenter.js';
import { presentUser, UserView } from './user.presenter.js';

export class ExportedUserView extends UserView {
  @NullableTimeProperty({ description: 'When the address was verified; null: never.' })
  emailVerifiedAt!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The new address, not verified yet.', example: null })
  pendingEmail!: string | null;

  @NullableTimeProperty({ description: 'When that change was requested.' })
  pendingEmailAt!: string | null;

  @NullableTimeProperty({ description: 'When the first mail to verify the address was sent.' })
  verificationSentAt!: string | null;
}

export class ExportedSessionView extends SessionView {
  @TimeProperty({ description: 'When you last proved who you are in it.' })
  authenticatedAt!: string;
}

/** A network from which the user has logged in. */
export class ExportedNetworkView {
  @ApiProperty({ description: 'An IPv4 /24 or IPv6 /48.', example: '198.51.100.0/24' })
  network!: string;

  @TimeProperty({ description: 'The latest login from there, up to a day late.' })
  lastLoginAt!: string;
}

/** An authenticator app, without its secret. */
export class ExportedTotpView {
  @NullableTimeProperty({ description: 'Since when logins ask for its codes; null: it waits for its first code.' })
  enabledAt!: string | null;

  @ApiProperty({
    type: [String],
    format: 'date-time',
    description: 'When wrong codes were sent with the right password, in the last seven days.',
    example: [],
  })
  wrongCodes!: string[];

  @NullableTimeProperty({ description: 'Until when its codes are refused.' })
  lockedUntil!: string | null;

  @NullableTimeProperty({ description: 'When the user was last notified of a login that lacked the code.' })
  notifiedAt!: string | null;
}

/** A recovery code that was not used, without the code. */
export class ExportedRecoveryCodeView {
  @TimeProperty()
  createdAt!: string;
}

@ApiExtraModels(ExportedTotpView)
export class ExportedFactorsView {
  @ApiProperty({ oneOf: [{ $ref: getSchemaPath(ExportedTotpView) }, NULL] })
  totp!: ExportedTotpView | null;

  @ApiProperty({ type: () => [ExportedRecoveryCodeView] })
  recoveryCodes!: ExportedRecoveryCodeView[];
}

/** The id of an artist that was merged into another one. */
export class ExportedMergeView {
  @IdProperty('01935c70-3c2d-7f56-9bae-1f2e3d4c5b6a')
  id!: string;

  @IdProperty(ARTIST_ID, 'The artist that it was merged into.')
  artistId!: string;

  @TimeProperty()
  mergedAt!: string;
}

/** A code that was mailed or handed over, without the code. */
export class ExportedCodeView {
  @IdProperty('01935c76-1b2c-7d3e-8f40-5a6b7c8d9e0f')
  id!: string;

  @ApiProperty({ type: String, description: 'What the code is for.', example: 'verification' })
  kind!: EmailCodeKind;

  @ApiProperty({ type: String, nullable: true, description: 'Where it was mailed; null: it was handed over.' })
  address!: string | null;

  @TimeProperty()
  createdAt!: string;

  @TimeProperty()
  expiresAt!: string;

  @NullableTimeProperty()
  usedAt!: string | null;

  @NullableTimeProperty({ description: 'When it became invalid before it expired.' })
  endedAt!: string | null;
}

/** A mail of the last 30 days. */
export class ExportedMailView {
  @IdProperty('01935c77-2c3d-7e4f-9051-6b7c8d9e0f1a')
  id!: string;

  @ApiProperty({ type: String, description: 'What it is about.', example: 'verify' })
  kind!: string;

  @ApiProperty({ type: String, nullable: true, description: 'The recipient; null once it is sent.', example: null })
  recipient!: string | null;

  @ApiProperty({ type: String, description: 'Whether it was sent.', example: 'sent' })
  status!: OutboxStatus;

  @TimeProperty()
  createdAt!: string;

  @NullableTimeProperty({ description: 'When it was sent, or given up.' })
  finishedAt!: string | null;
}

export class AccountExportView {
  @ApiProperty({ type: () => ExportedUserView })
  user!: ExportedUserView;

  @ApiProperty({ type: () => [ExportedSessionView] })
  sessions!: ExportedSessionView[];

  @ApiProperty({ type: () => [ExportedNetworkView] })
  knownNetworks!: ExportedNetworkView[];

  @ApiProperty({ type: () => ExportedFactorsView })
  factors!: ExportedFactorsView;

  @ApiProperty({ type: () => [KeyView] })
  apiKeys!: KeyView[];

  @ApiProperty({ type: () => [PasskeyView] })
  passkeys!: PasskeyView[];

  @ApiProperty({ type: () => [ArtistView] })
  artists!: ArtistView[];

  @ApiProperty({ type: () => [ExportedMergeView] })
  mergedArtists!: ExportedMergeView[];

  @ApiProperty({ type: () => [SongView] })
  songs!: SongView[];

  @ApiProperty({ type: () => [ExportedCodeView] })
  emailCodes!: ExportedCodeView[];

  @ApiProperty({ type: () => [ExportedMailView] })
  mails!: ExportedMailView[];

  @ApiProperty({ type: () => [AuditEventView], description: 'Security events about the user, or caused by the user.' })
  auditEvents!: AuditEventView[];
}

export function presentExport(account: AccountExport, currentSessionId?: string): Streamed<AccountExportView> {
  return {
    user: presentExportedUser(account.user),
    sessions: each(account.sessions, (session) => ({
      ...presentSession(session, currentSessionId),
      authenticatedAt: session.authenticatedAt.toISOString(),
    })),
    knownNetworks: each(account.knownNetworks, ({ network, lastLoginAt }) => ({
      network,
      lastLoginAt: lastLoginAt.toISOString(),
    })),
    factors: presentFactors(account),
    apiKeys: each(account.apiKeys, presentKey),
    passkeys: each(account.passkeys, presentPasskey),
    artists: each(account.artists, presentArtist),
    mergedArtists: each(account.mergedArtists, ({ id, artistId, mergedAt }) => ({
      id,
      artistId,
      mergedAt: mergedAt.toISOString(),
    })),
    songs: each(account.songs, presentSong),
    emailCodes: each(account.emailCodes, presentCode),
    mails: each(account.messages, presentMail),
    auditEvents: each(account.auditEvents, presentAuditEvent),
  };
}

async function* each<Row, View>(rows: AsyncIterable<Row>, present: (row: Row) => View): AsyncGenerator<View> {
  for await (const row of rows) yield present(row);
}

function presentExportedUser(user: User): ExportedUserView {
  return {
    ...presentUser(user),
    emailVerifiedAt: isoOf(user.emailVerifiedAt),
    pendingEmail: user.pendingEmail,
    pendingEmailAt: isoOf(user.pendingEmailAt),
    verificationSentAt: isoOf(user.verificationSentAt),
  };
}

function presentFactors({ user, factors: { totp, recoveryCodes } }: AccountExport): ExportedFactorsView {
  return {
    totp: totp && {
      enabledAt: isoOf(user.totpEnabledAt),
      wrongCodes: totp.wrongCodes.map((at) => at.toISOString()),
      lockedUntil: isoOf(totp.lockedUntil),
      notifiedAt: isoOf(totp.notifiedAt),
    },
    recoveryCodes: recoveryCodes.map(({ createdAt }) => ({ createdAt: createdAt.toISOString() })),
  };
}

function presentCode(code: EmailCode): ExportedCodeView {
  return {
    id: code.id,
    kind: code.kind,
    address: code.address,
    createdAt: code.createdAt.toISOString(),
    expiresAt: code.expiresAt.toISOString(),
    usedAt: isoOf(code.usedAt),
    endedAt: isoOf(code.endedAt),
  };
}

function presentMail(message: OutboxMessage): ExportedMailView {
  return {
    id: message.id,
    // The prefix keeps the kinds of other modules apart in the outbox.
    kind: message.kind.replace(/^mail\./, ''),
    recipient: message.recipient,
    status: message.status,
    createdAt: message.createdAt.toISOString(),
    finishedAt: isoOf(message.finishedAt),
  };
}

function isoOf(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
