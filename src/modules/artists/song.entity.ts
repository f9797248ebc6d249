import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import type { Identifier } from '../../common/identifier.js';
import { User } from '../users/user.entity.js';
import { Artist } from './artist.entity.js';
import { SearchableRow } from './searchable-row.js';

/** A recording of an artist. Access follows the artist; the ISRC is unique among the songs of one owner. */
@Entity('songs')
@Check('songs_release_date_check', `"release_date" ~ '^\\d{4}(-\\d\\d(-\\d\\d)?)?$'`)
@Check('songs_duration_ms_check', `"duration_ms" > 0`)
// An index of an expression, which TypeORM cannot describe.
@Index('songs_search_idx', { synchronize: false })
@Index('songs_created_at_id_idx', ['createdAt', 'id'])
@Index('songs_user_id_created_at_id_idx', ['userId', 'createdAt', 'id'])
@Index('songs_artist_id_created_at_id_idx', ['artistId', 'createdAt', 'id'])
@Index('songs_sort_key_id_idx', ['sortKey', 'id'])
@Index('songs_user_id_sort_key_id_idx', ['userId', 'sortKey', 'id'])
@Index('songs_artist_id_sort_key_id_idx', ['artistId', 'sortKey', 'id'])
@Index('songs_unfolded_idx', ['id'], { where: '"folded" IS NULL' })
@Index('songs_user_id_isrc_key', ['userId', 'isrc'], { unique: true })
@Index('songs_isrc_idx', ['isrc'])
export class Song extends SearchableRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'songs_pkey' })
  id!: string;

  @Column('uuid', { name: 'artist_id' })
  artistId!: string;

  @ManyToOne(() => Artist, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'artist_id', foreignKeyConstraintName: 'songs_artist_id_fkey' })
  artist?: Relation<Artist>;

  /** The artist's owner, repeated for the unique index of ISRCs. */
  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'songs_user_id_fkey' })
  user?: Relation<User>;

  @Column('text')
  title!: string;

  /** The artist as credited on this recording; null: the artist's name. */
  @Column('text', { name: 'display_artist', nullable: true })
  displayArtist!: string | null;

  /** ISO 3901 without hyphens. */
  @Column('text', { nullable: true })
  isrc!: string | null;

  /** In the order given. A trigger keeps the table `song_identifiers` equal, which makes them unique and finds them. */
  @Column('jsonb', { default: '[]' })
  identifiers!: Identifier[];

  /** `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as precise as it was given. */
  @Column('text', { name: 'release_date', nullable: true })
  releaseDate!: string | null;

  /** Milliseconds. */
  @Column('integer', { name: 'duration_ms', nullable: true })
  durationMs!: number | null;
}
