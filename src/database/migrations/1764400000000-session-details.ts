import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people see of their sessions, refresh tokens that rotate, and the record of security events. */
export class SessionDetails1764400000000 implements MigrationInterface {
  readonly name = 'SessionDetails1764400000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of UP) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE "audit_events", "spent_refresh_tokens"');
    await queryRunner.query('DROP FUNCTION "refuse_change_of_record"');
    await queryRunner.query('DROP INDEX "sessions_previous_token_hash_key"');
    await queryRunner.query(
      `ALTER TABLE "sessions" DROP COLUMN "device", DROP COLUMN "network", DROP COLUMN "last_used_at",
        DROP COLUMN "previous_token_hash", DROP COLUMN "sealed_successor"`,
    );
  }
}

const UP = [
  `ALTER TABLE "sessions"
    ADD COLUMN "device" text,
    ADD COLUMN "network" text,
    ADD COLUMN "last_used_at" timestamptz(3),
    ADD COLUMN "previous_token_hash" bytea,
    ADD COLUMN "sealed_successor" bytea`,
  `CREATE UNIQUE INDEX "sessions_previous_token_hash_key" ON "sessions" ("previous_token_hash")`,

  `CREATE TABLE "spent_refresh_tokens" (
    "token_hash" bytea NOT NULL,
    "session_id" uuid NOT NULL,
    CONSTRAINT "spent_refresh_tokens_pkey" PRIMARY KEY ("token_hash"),
    CONSTRAINT "spent_refresh_tokens_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions" ("id") ON DELETE CASCADE
  )`,
  `CREATE INDEX "spent_refresh_tokens_session_id_idx" ON "spent_refresh_tokens" ("session_id")`,

  `CREATE TABLE "audit_events" (
    "id" uuid NOT NULL,
    "event" text NOT NULL,
    "actor_id" uuid,
    "user_id" uuid,
    "session_id" uuid,
    "key_id" text,
    "ip" text,
    "request_id" text,
    "details" jsonb NOT NULL,
    "created_at" timestamptz(3) NOT NULL,
    CONSTRAINT "audit_events_pkey" PRIMARY KEY ("id")
  )`,
  `CREATE INDEX "audit_events_created_at_id_idx" ON "audit_events" ("created_at", "id")`,
  `CREATE INDEX "audit_events_user_id_created_at_id_idx" ON "audit_events" ("user_id", "created_at", "id")`,
  // A record that can be changed afterwards proves nothing. The purge of old ones says that it is one.
  `CREATE FUNCTION "refuse_change_of_record"() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION 'audit_events is append-only' USING ERRCODE = 'SD002';
  END $$`,
  `CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE OR DELETE ON "audit_events" FOR EACH ROW
  WHEN (current_setting('stagedoor.purging', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION "refuse_change_of_record"()`,
];
