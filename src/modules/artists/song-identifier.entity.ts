import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Song } from './song.entity.js';

/**
 * Finds a song by identifier. A type and value belong to one song of an owner. Written by a trigger from the column
 * `identifiers` of the song; nothing else writes it.
 */
@Entity('song_identifiers')
export class SongIdentifier {
  @PrimaryColumn('text', { primaryKeyConstraintName: 'song_identifiers_pkey' })
  type!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'song_identifiers_pkey' })
  value!: string;

  /** The owner of the song. */
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'song_identifiers_pkey' })
  userId!: string;

  @Index('song_identifiers_song_id_idx')
  @Column('uuid', { name: 'song_id' })
  songId!: string;

  @ManyToOne(() => Song, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'song_id', foreignKeyConstraintName: 'song_identifiers_song_id_fkey' })
  song?: Relation<Song>;
}
