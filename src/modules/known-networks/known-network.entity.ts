import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A network from which a user has logged in. Written with the session, at most once a day. */
@Entity('known_networks')
export class KnownNetwork {
  @ForeignKey('User', { onDelete: 'CASCADE', name: 'known_networks_user_id_fkey' })
  @PrimaryColumn('uuid', { name: 'user_id', primaryKeyConstraintName: 'known_networks_pkey' })
  userId!: string;

  /** See `widerNetworkOf`. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'known_networks_pkey' })
  network!: string;

  /** The latest login, up to a day late. */
  @Index('known_networks_last_login_at_idx')
  @Column({ type: 'timestamptz', name: 'last_login_at', precision: 3 })
  lastLoginAt!: Date;
}
