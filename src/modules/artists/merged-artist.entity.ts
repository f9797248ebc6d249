import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Artist } from './artist.entity.js';

/** The id of an artist that was merged into another one. It answers for that artist as long as that one exists. */
@Entity('merged_artists')
export class MergedArtist {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'merged_artists_pkey' })
  id!: string;

  /** The artist that it was merged into, and never itself the id of a merged artist. */
  @Index('merged_artists_artist_id_idx')
  @Column('uuid', { name: 'artist_id' })
  artistId!: string;

  @ManyToOne(() => Artist, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'artist_id', foreignKeyConstraintName: 'merged_artists_artist_id_fkey' })
  artist?: Relation<Artist>;

  @Column({ type: 'timestamptz', name: 'merged_at', precision: 3 })
  mergedAt!: Date;
}
