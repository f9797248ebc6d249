import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key pair that signs access tokens. The private half is sealed: without `APP_SECRET` the row signs nothing. */
@Entity('signing_keys')
export class SigningKey {
  /** The `kid` of the tokens it signs: the key's RFC 7638 thumbprint. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pkey' })
  kid!: string;

  /** The public half as a JSON Web Key, public members only. */
  @Column('jsonb', { name: 'public_jwk' })
  publicJwk!: { kty: string; crv: string; x: string; y: string };

  /** PKCS #8 in DER, sealed with AES-256-GCM (see `SecretSeal`). */
  @Column('bytea', { name: 'sealed_private_key' })
  sealedPrivateKey!: Buffer;

  /** Since then it is published and its tokens are accepted. */
  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** From then on it signs, until its successor does. Null in rows from before there was a schedule: from the start. */
  @Column({ type: 'timestamptz', name: 'signs_from', precision: 3, nullable: true })
  signsFrom!: Date | null;
}
