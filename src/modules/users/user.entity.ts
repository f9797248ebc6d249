import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Role, UserStatus } from '../../common/principal.js';

/**
 * A person with an account. Each e-mail address and username, ignoring case, belongs to at most one account; the
 * database enforces this.
 *
 * The database enforces two rules for every change (see the first migration): a change of role, or of status
 * to anything but active, ends all the person's sessions in the same transaction; and the last active SUPER_ADMIN
 * can be neither removed, demoted nor suspended.
 */
@Entity('users')
@Check('users_role_check', `"role" IN ('user', 'admin', 'SUPER_ADMIN')`)
@Check('users_status_check', `"status" IN ('active', 'inactive', 'suspended')`)
// An index of expressions, which TypeORM cannot describe.
@Index('users_search_idx', { synchronize: false })
@Index('users_created_at_id_idx', ['createdAt', 'id'])
@Index('users_role_created_at_id_idx', ['role', 'createdAt', 'id'], { where: `"role" <> 'user'` })
@Index('users_status_created_at_id_idx', ['status', 'createdAt', 'id'], { where: `"status" <> 'active'` })
@Index('users_unverified_idx', ['verificationSentAt'], { where: `"email_verified_at" IS NULL` })
export class User {
  /** UUID version 7, made by the app. */
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'users_pkey' })
  id!: string;

  /** In its canonical form (see `canonicalEmail`). */
  @Index('users_email_key', { unique: true })
  @Column('text')
  email!: string;

  /** Lower case. */
  @Index('users_username_key', { unique: true })
  @Column('text')
  username!: string;

  @Column('text', { name: 'first_name' })
  firstName!: string;

  /** Empty for people of one name. */
  @Column('text', { name: 'last_name' })
  lastName!: string;

  /** E.164 with its plus sign. */
  @Column('text', { nullable: true })
  phone!: string | null;

  /** A BCP 47 language tag, for mails. */
  @Column('text', { nullable: true })
  locale!: string | null;

  /** When the user proved to receive mail at `email`; null: never. */
  @Column({ type: 'timestamptz', name: 'email_verified_at', precision: 3, nullable: true })
  emailVerifiedAt!: Date | null;

  /** The address that `email` is to become once a code sent there comes back. */
  @Column('text', { name: 'pending_email', nullable: true })
  pendingEmail!: string | null;

  /** When that change was requested. */
  @Column({ type: 'timestamptz', name: 'pending_email_at', precision: 3, nullable: true })
  pendingEmailAt!: Date | null;

  /** Whether the request for that change proved a factor that the user has had for a week: it cannot be undone. */
  @Column('boolean', { name: 'pending_email_is_trusted', default: false })
  pendingEmailIsTrusted!: boolean;

  /** When the first mail to verify the address was sent. */
  @Column({ type: 'timestamptz', name: 'verification_sent_at', precision: 3, nullable: true })
  verificationSentAt!: Date | null;

  /**
   * The hash of the password: argon2 in PHC format, or another until the first login after an import. Null where none
   * is set: after an invitation, an import without a hash, or an undone change of address. Not read unless selected.
   */
  @Column('text', { name: 'password_hash', select: false, nullable: true })
  passwordHash!: string | null;

  /** Since when logins by password ask for the code of an authenticator app; null: they do not. */
  @Column({ type: 'timestamptz', name: 'totp_enabled_at', precision: 3, nullable: true })
  totpEnabledAt!: Date | null;

  /** How many passkeys the user has; a trigger on their table counts. */
  @Column('integer', { name: 'passkey_count', default: 0 })
  passkeyCount!: number;

  @Column('text')
  role!: Role;

  @Column('text')
  status!: UserStatus;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}
