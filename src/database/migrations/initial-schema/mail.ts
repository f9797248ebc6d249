import type { Area } from './area.js';

/** Messages to deliver, and codes that prove a mailbox. */
export const MAIL: Area = {
  up: [
    `CREATE TABLE "outbox_messages" (
      "id" uuid NOT NULL,
      "kind" text NOT NULL,
      "user_id" uuid,
      "recipient" text,
      "payload" jsonb,
      "recipient_digest" bytea,
      "admitted_at" timestamptz(3),
      "status" text NOT NULL,
      "attempts" integer NOT NULL,
      "due_at" timestamptz(3) NOT NULL,
      "give_up_at" timestamptz(3) NOT NULL,
      "last_error" text,
      "created_at" timestamptz(3) NOT NULL,
      "finished_at" timestamptz(3),
      CONSTRAINT "outbox_messages_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "outbox_messages_status_check" CHECK ("status" IN ('waiting', 'sent', 'skipped', 'limited', 'failed')),
      CONSTRAINT "outbox_messages_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE INDEX "outbox_messages_user_id_idx" ON "outbox_messages" ("user_id") WHERE "user_id" IS NOT NULL`,
    `CREATE INDEX "outbox_messages_due_at_idx" ON "outbox_messages" ("due_at") WHERE "status" = 'waiting'`,
    `CREATE INDEX "outbox_messages_failed_idx" ON "outbox_messages" ("created_at") WHERE "status" = 'failed'`,
    `CREATE INDEX "outbox_messages_recipient_digest_idx" ON "outbox_messages" ("recipient_digest", "admitted_at")
      WHERE "recipient_digest" IS NOT NULL`,
    `CREATE INDEX "outbox_messages_created_at_idx" ON "outbox_messages" ("created_at")`,

    `CREATE TABLE "email_codes" (
      "id" uuid NOT NULL,
      "kind" text NOT NULL,
      "user_id" uuid NOT NULL,
      "address" text,
      "code_digest" bytea NOT NULL,
      "created_at" timestamptz(3) NOT NULL,
      "requested_at" timestamptz(3),
      "expires_at" timestamptz(3) NOT NULL,
      "used_at" timestamptz(3),
      "ended_at" timestamptz(3),
      CONSTRAINT "email_codes_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "email_codes_kind_check" CHECK ("kind" IN ('reset', 'verification', 'new_address', 'invitation', 'undo')),
      CONSTRAINT "email_codes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE UNIQUE INDEX "email_codes_code_digest_key" ON "email_codes" ("code_digest")`,
    `CREATE INDEX "email_codes_user_id_kind_idx" ON "email_codes" ("user_id", "kind")`,
    `CREATE INDEX "email_codes_undo_address_idx" ON "email_codes" ("address") WHERE "kind" = 'undo' AND "ended_at" IS NULL`,
    `CREATE INDEX "email_codes_expires_at_idx" ON "email_codes" ("expires_at")`,

    // Wakes the workers of all instances when the transaction commits; they poll anyway.
    `CREATE FUNCTION "announce_outbox_messages"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('stagedoor_outbox', '');
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER "outbox_messages_announce" AFTER INSERT ON "outbox_messages" FOR EACH STATEMENT
    EXECUTE FUNCTION "announce_outbox_messages"()`,

    // Codes end with what they were made for. Those that undo a change of address outlive it.
    `CREATE FUNCTION "end_email_codes_of_user"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE "email_codes" SET "ended_at" = now()
       WHERE "user_id" = NEW."id" AND "kind" <> 'undo' AND "ended_at" IS NULL;
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER "users_changes_end_email_codes" AFTER UPDATE OF "email", "status", "role" ON "users"
    FOR EACH ROW
    WHEN (OLD."email" <> NEW."email" OR OLD."status" <> NEW."status" OR OLD."role" <> NEW."role")
    EXECUTE FUNCTION "end_email_codes_of_user"()`,

    // Checked after the row is written: a check before it would miss a change of address that commits meanwhile.
    `CREATE FUNCTION "refuse_reserved_address"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (
        SELECT FROM "email_codes"
         WHERE "kind" = 'undo' AND "ended_at" IS NULL AND "expires_at" > now()
           AND "address" = NEW."email" AND "user_id" <> NEW."id"
      ) THEN
        RAISE EXCEPTION 'an undo code reserves the address' USING ERRCODE = 'SD003';
      END IF;
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER "users_address_is_not_reserved" AFTER INSERT OR UPDATE OF "email" ON "users" FOR EACH ROW
    EXECUTE FUNCTION "refuse_reserved_address"()`,
  ],
  down: [
    'DROP TRIGGER "users_address_is_not_reserved" ON "users"',
    'DROP TRIGGER "users_changes_end_email_codes" ON "users"',
    'DROP TABLE "outbox_messages", "email_codes"',
    'DROP FUNCTION "refuse_reserved_address", "end_email_codes_of_user", "announce_outbox_messages"',
  ],
};
