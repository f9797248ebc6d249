import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { User } from '../users/user.entity.js';
import { Artist } from './artist.entity.js';

/** A recording of an artist. It follows the artist's rules, and its ISRC is unique within one owner. */
@Entity('songs')
@Check('songs_duration_ms_check', `"duration_ms" > 0`)
@Index('songs_artist_id_created_at_id_idx', ['artistId', 'createdAt', 'id'])
@Index('songs_user_id_isrc_key', ['userId', 'isrc'], { unique: true })
@Index('songs_isrc_idx', ['isrc'])
export class Song {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'songs_pkey' })
  id!: string;

  @Column('uuid', { name: 'artist_id' })
  artistId!: string;

  @ManyToOne(() => Artist, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'artist_id', foreignKeyConstraintName: 'songs_artist_id_fkey' })
  artist?: Relation<Artist>;

  /** The artist's owner, repeated here so that the database can hold one ISRC to one song within one owner. */
  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @ManyToOne(() => User, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'user_id', foreignKeyConstraintName: 'songs_user_id_fkey' })
  user?: Relation<User>;

  @Column('text')
  title!: string;

  /** ISO 3901 without hyphens. */
  @Column('text', { nullable: true })
  isrc!: string | null;

  /** A calendar date, `YYYY-MM-DD`. */
  @Column('date', { name: 'release_date', nullable: true })
  releaseDate!: string | null;

  /** Milliseconds. */
  @Column('integer', { name: 'duration_ms', nullable: true })
  durationMs!: number | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3 })
  updatedAt!: Date;
}
