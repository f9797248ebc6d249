import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Role, UserStatus } from '../../common/principal.js';

/**
 * A person with an account. One account an e-mail address and one a username, whatever their case: the database
 * refuses a second one.
 *
 * The database also holds two rules whoever changes a row (see the first migration): a change of role, or of status
 * to anything but active, ends all the person's sessions in the same transaction; and the last active SUPER_ADMIN
 * can be neither removed, demoted nor suspended.
 */
@Entity('users')
@Check('users_role_check', `"role" IN ('user', 'admin', 'SUPER_ADMIN')`)
@Check('users_status_check', `"status" IN ('active', 'inactive', 'suspended')`)
// Made by a migration: of expressions.
@Index('users_search_idx', { synchronize: false })
@Index('users_created_at_id_idx', ['createdAt', 'id'])
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

  /** An argon2id hash in PHC format. Not read unless asked for by name. */
  @Column('text', { name: 'password_hash', select: false })
  passwordHash!: string;

  @Column('text')
  role!: Role;

  @Column('text')
  status!: UserStatus;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}
