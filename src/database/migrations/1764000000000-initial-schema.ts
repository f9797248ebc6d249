import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users, sessions, API keys, artists with their songs, signing keys; and the two rules about people the database holds. */
export class InitialSchema1764000000000 implements MigrationInterface {
  readonly name = 'InitialSchema1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of [...TABLES, ...RULES]) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE "signing_keys", "sessions", "songs", "artists", "api_keys", "users"');
    await queryRunner.query('DROP FUNCTION "end_sessions_of_user", "keep_last_super_admin"');
  }
}

const TABLES = [
  `CREATE TABLE "users" (
    "id" uuid NOT NULL,
    "email" text NOT NULL,
    "username" text NOT NULL,
    "first_name" text NOT NULL,
    "last_name" text NOT NULL,
    "phone" text,
    "password_hash" text NOT NULL,
    "role" text NOT NULL,
    "status" text NOT NULL,
    "created_at" timestamptz(3) NOT NULL,
    "updated_at" timestamptz(3) NOT NULL,
    CONSTRAINT "users_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "users_role_check" CHECK ("role" IN ('user', 'admin', 'SUPER_ADMIN')),
    CONSTRAINT "users_status_check" CHECK ("status" IN ('active', 'inactive', 'suspended'))
  )`,
  `CREATE UNIQUE INDEX "users_email_key" ON "users" ("email")`,
  `CREATE UNIQUE INDEX "users_username_key" ON "users" ("username")`,
  `CREATE INDEX "users_created_at_id_idx" ON "users" ("created_at", "id")`,

  `CREATE TABLE "api_keys" (
    "id" uuid NOT NULL,
    "key_id" text NOT NULL,
    "user_id" uuid NOT NULL,
    "name" text NOT NULL,
    "secret_hash" bytea NOT NULL,
    "scopes" text[] NOT NULL,
    "expires_at" timestamptz(3),
    "created_at" timestamptz(3) NOT NULL,
    "last_used_at" timestamptz(3),
    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
  )`,
  `CREATE UNIQUE INDEX "api_keys_key_id_key" ON "api_keys" ("key_id")`,
  `CREATE UNIQUE INDEX "api_keys_secret_hash_key" ON "api_keys" ("secret_hash")`,
  `CREATE INDEX "api_keys_user_id_created_at_idx" ON "api_keys" ("user_id", "created_at")`,

  `CREATE TABLE "sessions" (
    "id" uuid NOT NULL,
    "user_id" uuid NOT NULL,
    "api_key_id" uuid,
    "refresh_token_hash" bytea,
    "created_at" timestamptz(3) NOT NULL,
    "expires_at" timestamptz(3) NOT NULL,
    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE,
    CONSTRAINT "sessions_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_keys" ("id") ON DELETE CASCADE
  )`,
  `CREATE UNIQUE INDEX "sessions_refresh_token_hash_key" ON "sessions" ("refresh_token_hash")`,
  `CREATE INDEX "sessions_user_id_created_at_idx" ON "sessions" ("user_id", "created_at")`,
  `CREATE INDEX "sessions_api_key_id_idx" ON "sessions" ("api_key_id")`,
  `CREATE INDEX "sessions_expires_at_idx" ON "sessions" ("expires_at")`,

  `CREATE TABLE "artists" (
    "id" uuid NOT NULL,
    "user_id" uuid NOT NULL,
    "name" text NOT NULL,
    "status" text NOT NULL,
    "created_at" timestamptz(3) NOT NULL,
    "updated_at" timestamptz(3) NOT NULL,
    CONSTRAINT "artists_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "artists_status_check" CHECK ("status" IN ('active', 'inactive')),
    CONSTRAINT "artists_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
  )`,
  `CREATE INDEX "artists_created_at_id_idx" ON "artists" ("created_at", "id")`,
  `CREATE INDEX "artists_user_id_created_at_id_idx" ON "artists" ("user_id", "created_at", "id")`,

  `CREATE TABLE "songs" (
    "id" uuid NOT NULL,
    "artist_id" uuid NOT NULL,
    "user_id" uuid NOT NULL,
    "title" text NOT NULL,
    "isrc" text,
    "release_date" date,
    "duration_ms" integer,
    "created_at" timestamptz(3) NOT NULL,
    "updated_at" timestamptz(3) NOT NULL,
    CONSTRAINT "songs_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "songs_duration_ms_check" CHECK ("duration_ms" > 0),
    CONSTRAINT "songs_artist_id_fkey" FOREIGN KEY ("artist_id") REFERENCES "artists" ("id") ON DELETE CASCADE,
    CONSTRAINT "songs_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
  )`,
  `CREATE INDEX "songs_artist_id_created_at_id_idx" ON "songs" ("artist_id", "created_at", "id")`,
  `CREATE UNIQUE INDEX "songs_user_id_isrc_key" ON "songs" ("user_id", "isrc")`,
  `CREATE INDEX "songs_isrc_idx" ON "songs" ("isrc")`,

  `CREATE TABLE "signing_keys" (
    "kid" text NOT NULL,
    "public_jwk" jsonb NOT NULL,
    "sealed_private_key" bytea NOT NULL,
    "created_at" timestamptz(3) NOT NULL,
    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("kid")
  )`,
];

const RULES = [
  // Sessions end with a person's standing, whichever code path or person at a console changes it.
  `CREATE FUNCTION "end_sessions_of_user"() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM "sessions" WHERE "user_id" = NEW."id";
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER "users_standing_ends_sessions" AFTER UPDATE OF "role", "status" ON "users" FOR EACH ROW
  WHEN (OLD."role" <> NEW."role" OR (OLD."status" <> NEW."status" AND NEW."status" <> 'active'))
  EXECUTE FUNCTION "end_sessions_of_user"()`,

  // Two who remove one another at the same instant take turns at the lock; the second then sees that it is the last.
  `CREATE FUNCTION "keep_last_super_admin"() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'UPDATE' AND NEW."role" = 'SUPER_ADMIN' AND NEW."status" = 'active' THEN
      RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(7836201945);
    IF NOT EXISTS (
      SELECT FROM "users" WHERE "role" = 'SUPER_ADMIN' AND "status" = 'active' AND "id" <> OLD."id"
    ) THEN
      RAISE EXCEPTION 'the last active SUPER_ADMIN stays' USING ERRCODE = 'SD001';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END $$`,
  `CREATE TRIGGER "users_last_super_admin_stays" BEFORE UPDATE OF "role", "status" OR DELETE ON "users" FOR EACH ROW
  WHEN (OLD."role" = 'SUPER_ADMIN' AND OLD."status" = 'active')
  EXECUTE FUNCTION "keep_last_super_admin"()`,
];
