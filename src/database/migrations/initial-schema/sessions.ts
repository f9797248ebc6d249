import type { Area } from './area.js';

/** Sessions with their refresh tokens. A change of role, or of status away from active, ends a user's sessions. */
export const SESSIONS: Area = {
  up: [
    `CREATE TABLE "sessions" (
      "id" uuid NOT NULL,
      "user_id" uuid NOT NULL,
      "api_key_id" uuid,
      "refresh_token_hash" bytea,
      "previous_token_hash" bytea,
      "sealed_successor" bytea,
      "rotation_count" integer NOT NULL DEFAULT 0,
      "device" text,
      "network" text,
      "created_at" timestamptz(3) NOT NULL,
      "authenticated_at" timestamptz(3) NOT NULL DEFAULT now(),
      "second_factor" boolean NOT NULL DEFAULT false,
      "expires_at" timestamptz(3) NOT NULL,
      "last_used_at" timestamptz(3),
      CONSTRAINT "sessions_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE,
      CONSTRAINT "sessions_api_key_id_fkey" FOREIGN KEY ("api_key_id") REFERENCES "api_keys" ("id") ON DELETE CASCADE
    )`,
    `CREATE UNIQUE INDEX "sessions_refresh_token_hash_key" ON "sessions" ("refresh_token_hash")`,
    `CREATE UNIQUE INDEX "sessions_previous_token_hash_key" ON "sessions" ("previous_token_hash")`,
    `CREATE INDEX "sessions_user_id_created_at_idx" ON "sessions" ("user_id", "created_at")`,
    `CREATE INDEX "sessions_api_key_id_idx" ON "sessions" ("api_key_id")`,
    `CREATE INDEX "sessions_expires_at_idx" ON "sessions" ("expires_at")`,

    `CREATE TABLE "spent_refresh_tokens" (
      "token_hash" bytea NOT NULL,
      "session_id" uuid NOT NULL,
      "slot" smallint NOT NULL,
      CONSTRAINT "spent_refresh_tokens_pkey" PRIMARY KEY ("token_hash"),
      CONSTRAINT "spent_refresh_tokens_session_id_fkey" FOREIGN KEY ("session_id")
        REFERENCES "sessions" ("id") ON DELETE CASCADE
    )`,
    `CREATE UNIQUE INDEX "spent_refresh_tokens_session_id_slot_key" ON "spent_refresh_tokens" ("session_id", "slot")`,

    `CREATE FUNCTION "end_sessions_of_user"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM "sessions" WHERE "user_id" = NEW."id";
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER "users_standing_ends_sessions" AFTER UPDATE OF "role", "status" ON "users" FOR EACH ROW
    WHEN (OLD."role" <> NEW."role" OR (OLD."status" <> NEW."status" AND NEW."status" <> 'active'))
    EXECUTE FUNCTION "end_sessions_of_user"()`,
  ],
  down: [
    'DROP TRIGGER "users_standing_ends_sessions" ON "users"',
    'DROP FUNCTION "end_sessions_of_user"',
    'DROP TABLE "spent_refresh_tokens", "sessions"',
  ],
};
