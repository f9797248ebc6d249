import type { Area } from './area.js';

/** The audit log. It has no foreign keys, since events outlive the users, sessions and keys that they are about. */
export const AUDIT_EVENTS: Area = {
  up: [
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
    `CREATE INDEX "audit_events_event_created_at_id_idx" ON "audit_events" ("event", "created_at", "id")`,
    `CREATE INDEX "audit_events_user_id_created_at_id_idx" ON "audit_events" ("user_id", "created_at", "id")`,
    `CREATE INDEX "audit_events_actor_id_created_at_id_idx" ON "audit_events" ("actor_id", "created_at", "id")
      WHERE "actor_id" IS NOT NULL`,

    // Only the purge of old events may delete (see expired-rows.ts).
    `CREATE FUNCTION "refuse_change_of_record"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'audit_events is append-only' USING ERRCODE = 'SD002';
    END $$`,
    `CREATE TRIGGER "audit_events_append_only" BEFORE UPDATE OR DELETE ON "audit_events" FOR EACH ROW
    WHEN (current_setting('stagedoor.purging', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION "refuse_change_of_record"()`,
  ],
  down: ['DROP TABLE "audit_events"', 'DROP FUNCTION "refuse_change_of_record"'],
};
