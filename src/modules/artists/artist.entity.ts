import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../users/user.entity.js';
import type { ArtistStatus } from './artist-status.js';

/** An artist on somebody's roster. The owner manages it while it is active; admins always. */
@Entity('artists')
@Check('artists_status_check', `"status" IN ('active', 'inactive')`)
// Made by a migration: of an expression.
@Index('artists_search_idx', { synchronize: false })
@Index('artists_created_at_id_idx', ['createdAt', 'id'])
@Index('artists_user_id_created_at_id_idx', ['userId', 'createdAt', 'id'])
export class Artist {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'artists_pkey' })
  id!: string;

  /** The owner, for good. */
  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'artists_user_id_fkey' })
  user?: Relation<User>;

  @Column('text')
  name!: string;

  @Column('text')
  status!: ArtistStatus;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}
