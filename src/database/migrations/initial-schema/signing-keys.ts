import type { Area } from './area.js';

export const SIGNING_KEYS: Area = {
  up: [
    `CREATE TABLE "signing_keys" (
      "kid" text NOT NULL,
      "public_jwk" jsonb NOT NULL,
      "sealed_private_key" bytea NOT NULL,
      "created_at" timestamptz(3) NOT NULL,
      "signs_from" timestamptz(3) NOT NULL,
      CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
    )`,
  ],
  down: ['DROP TABLE "signing_keys"'],
};
