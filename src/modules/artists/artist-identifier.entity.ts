import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Artist } from './artist.entity.js';

/**
 * Finds an artist by identifier. A type and value belong to one artist of an owner. Written by a trigger from the column
 * `identifiers` of the artist; nothing else writes it.
 */
@Entity('artist_identifiers')
export class ArtistIdentifier {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'artist_identifiers_pkey' })
  type!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'artist_identifiers_pkey' })
  value!: string;

  /** The owner of the artist. */
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'artist_identifiers_pkey' })
  userId!: string;

  @Index('artist_identifiers_artist_id_idx')
  @Column('uuid', { name: 'artist_id' })
  artistId!: string;

  @ManyToOne(() => Artist, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'artist_id', foreignKeyConstraintName: 'artist_identifiers_artist_id_fkey' })
  artist?: Relation<Artist>;
}
