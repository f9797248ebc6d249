import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A key pair that signs access tokens. The private half is sealed: without `APP_SECRET` it cannot be used. */
@Entity('signing_keys')
export class SigningKey {
  /** The `kid` of the tokens it signs: the key's RFC 7638 thumbprint. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_keys_pkey' })
  kid!: string;

  /** The public half as a JSON Web Key. */
  @Column('jsonb', { name: 'public_jwk' })
  publicJwk!: { kty: string; crv: string; x: string; y: string };

  /** PKCS #8 in DER, sealed with AES-256-GCM (see `SecretSeal`). */
  @Column('bytea', { name: 'sealed_private_key' })
  sealedPrivateKey!: Buffer;

  /** When it was published: its tokens are accepted from then on. */
  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** From when it signs, until its successor does. */
  @Column({ type: 'timestamptz', name: 'signs_from', precision: 3 })
  signsFrom!: Date;
}
