import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { ArtistStatus } from './artist-policy.js';
import type { Identifier } from '../../common/identifier.js';
import { User } from '../users/user.entity.js';
import { SearchableRow } from './searchable-row.js';

/** An artist on a user's roster. The owner manages it while it is active; admins always. */
@Entity('artists')
@Check('artists_status_check', `"status" IN ('active', 'inactive')`)
// An index of an expression, which TypeORM cannot describe.
@Index('artists_search_idx', { synchronize: false })
@Index('artists_created_at_id_idx', ['createdAt', 'id'])
@Index('artists_user_id_created_at_id_idx', ['userId', 'createdAt', 'id'])
@Index('artists_sort_key_id_idx', ['sortKey', 'id'])
@Index('artists_user_id_sort_key_id_idx', ['userId', 'sortKey', 'id'])
@Index('artists_unfolded_idx', ['id'], { where: '"folded" IS NULL' })
export class Artist extends SearchableRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'artists_pkey' })
  id!: string;

  /** The owner, which never changes. */
  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'artists_user_id_fkey' })
  user?: Relation<User>;

  @Column('text')
  name!: string;

  /** What lists are sorted by; null: the name. */
  @Column('text', { name: 'sort_name', nullable: true })
  sortName!: string | null;

  /** Other names that the artist is found by. */
  @Column('text', { array: true, default: '{}' })
  aliases!: string[];

  /** Tells artists of the same name apart. */
  @Column('text', { nullable: true })
  disambiguation!: string | null;

  /** In the order given. A trigger keeps the table `artist_identifiers` equal, which makes them unique and finds them. */
  @Column('jsonb', { default: '[]' })
  identifiers!: Identifier[];

  @Column('text')
  status!: ArtistStatus;
}
