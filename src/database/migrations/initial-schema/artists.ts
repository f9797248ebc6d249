import type { Area } from './area.js';

/** The roster: artists and their songs. */
export const ARTISTS: Area = {
  up: [
    // `folded` is what searches compare, written by the application; null: not written yet. `sort_key` belongs to it.
    `CREATE TABLE "artists" (
      "id" uuid NOT NULL,
      "user_id" uuid NOT NULL,
      "name" text NOT NULL,
      "sort_name" text,
      "aliases" text[] NOT NULL DEFAULT '{}',
      "disambiguation" text,
      "identifiers" jsonb NOT NULL DEFAULT '[]',
      "status" text NOT NULL,
      "version" integer NOT NULL DEFAULT 1,
      "created_at" timestamptz(3) NOT NULL,
      "updated_at" timestamptz(3) NOT NULL,
      "folded" text,
      "sort_key" text COLLATE "C" NOT NULL DEFAULT '',
      CONSTRAINT "artists_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "artists_status_check" CHECK ("status" IN ('active', 'inactive')),
      CONSTRAINT "artists_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE INDEX "artists_created_at_id_idx" ON "artists" ("created_at", "id")`,
    `CREATE INDEX "artists_user_id_created_at_id_idx" ON "artists" ("user_id", "created_at", "id")`,
    `CREATE INDEX "artists_sort_key_id_idx" ON "artists" ("sort_key", "id")`,
    `CREATE INDEX "artists_user_id_sort_key_id_idx" ON "artists" ("user_id", "sort_key", "id")`,
    `CREATE INDEX "artists_search_idx" ON "artists" USING gin ("search_parts"("folded")) WITH (fastupdate = off)`,
    `CREATE INDEX "artists_unfolded_idx" ON "artists" ("id") WHERE "folded" IS NULL`,

    // The ids of artists that were merged into another one, which answers for them.
    `CREATE TABLE "merged_artists" (
      "id" uuid NOT NULL,
      "artist_id" uuid NOT NULL,
      "merged_at" timestamptz(3) NOT NULL,
      CONSTRAINT "merged_artists_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "merged_artists_artist_id_fkey" FOREIGN KEY ("artist_id")
        REFERENCES "artists" ("id") ON DELETE CASCADE
    )`,
    `CREATE INDEX "merged_artists_artist_id_idx" ON "merged_artists" ("artist_id")`,

    `CREATE TABLE "songs" (
      "id" uuid NOT NULL,
      "artist_id" uuid NOT NULL,
      "user_id" uuid NOT NULL,
      "title" text NOT NULL,
      "display_artist" text,
      "isrc" text,
      "identifiers" jsonb NOT NULL DEFAULT '[]',
      "release_date" text,
      "duration_ms" integer,
      "version" integer NOT NULL DEFAULT 1,
      "created_at" timestamptz(3) NOT NULL,
      "updated_at" timestamptz(3) NOT NULL,
      "folded" text,
      "sort_key" text COLLATE "C" NOT NULL DEFAULT '',
      CONSTRAINT "songs_pkey" PRIMARY KEY ("id"),
      CONSTRAINT "songs_release_date_check" CHECK ("release_date" ~ '^\\d{4}(-\\d\\d(-\\d\\d)?)?$'),
      CONSTRAINT "songs_duration_ms_check" CHECK ("duration_ms" > 0),
      CONSTRAINT "songs_artist_id_fkey" FOREIGN KEY ("artist_id") REFERENCES "artists" ("id") ON DELETE CASCADE,
      CONSTRAINT "songs_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE INDEX "songs_created_at_id_idx" ON "songs" ("created_at", "id")`,
    `CREATE INDEX "songs_user_id_created_at_id_idx" ON "songs" ("user_id", "created_at", "id")`,
    `CREATE INDEX "songs_artist_id_created_at_id_idx" ON "songs" ("artist_id", "created_at", "id")`,
    `CREATE INDEX "songs_sort_key_id_idx" ON "songs" ("sort_key", "id")`,
    `CREATE INDEX "songs_user_id_sort_key_id_idx" ON "songs" ("user_id", "sort_key", "id")`,
    `CREATE INDEX "songs_artist_id_sort_key_id_idx" ON "songs" ("artist_id", "sort_key", "id")`,
    `CREATE UNIQUE INDEX "songs_user_id_isrc_key" ON "songs" ("user_id", "isrc")`,
    `CREATE INDEX "songs_isrc_idx" ON "songs" ("isrc")`,
    `CREATE INDEX "songs_search_idx" ON "songs" USING gin ("search_parts"("folded")) WITH (fastupdate = off)`,
    `CREATE INDEX "songs_unfolded_idx" ON "songs" ("id") WHERE "folded" IS NULL`,

    ...identifierIndex('artist'),
    ...identifierIndex('song'),

    // A statement that changes a name and leaves the folded one comes from an older version or a console: the background
    // job folds the row again.
    `CREATE FUNCTION "empty_folded_text"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW."folded" := NULL;
      NEW."sort_key" := '';
      RETURN NEW;
    END $$`,
    // Triggers fire in the order of their names: this one before the version is counted.
    `CREATE TRIGGER "artists_a_text_changed" BEFORE UPDATE ON "artists" FOR EACH ROW
    WHEN ((OLD."name", OLD."sort_name", OLD."aliases") IS DISTINCT FROM (NEW."name", NEW."sort_name", NEW."aliases")
      AND NEW."folded" IS NOT DISTINCT FROM OLD."folded")
    EXECUTE FUNCTION "empty_folded_text"()`,
    `CREATE TRIGGER "songs_a_text_changed" BEFORE UPDATE ON "songs" FOR EACH ROW
    WHEN ((OLD."title", OLD."display_artist") IS DISTINCT FROM (NEW."title", NEW."display_artist")
      AND NEW."folded" IS NOT DISTINCT FROM OLD."folded")
    EXECUTE FUNCTION "empty_folded_text"()`,

    // Every update counts, from any client, except one that only fills in what was folded.
    `CREATE FUNCTION "count_version"() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      "filled" record := OLD;
    BEGIN
      IF OLD."folded" IS NULL AND NEW."folded" IS NOT NULL THEN
        "filled"."folded" := NEW."folded";
        "filled"."sort_key" := NEW."sort_key";
        IF "filled" IS NOT DISTINCT FROM NEW THEN
          RETURN NEW;
        END IF;
      END IF;
      NEW."version" := OLD."version" + 1;
      RETURN NEW;
    END $$`,
    `CREATE TRIGGER "artists_count_version" BEFORE UPDATE ON "artists" FOR EACH ROW
    EXECUTE FUNCTION "count_version"()`,
    `CREATE TRIGGER "songs_count_version" BEFORE UPDATE ON "songs" FOR EACH ROW
    EXECUTE FUNCTION "count_version"()`,
  ],
  down: [
    'DROP TABLE "artist_identifiers", "song_identifiers", "songs", "merged_artists", "artists"',
    'DROP FUNCTION "count_version", "empty_folded_text", "index_artist_identifiers", "index_song_identifiers"',
  ],
};

/**
 * The table by which artists or songs are found by identifier, and which makes an identifier unique within an owner. A
 * trigger keeps it equal to the column `identifiers`, which has them in the order in which they were given.
 */
function identifierIndex(kind: 'artist' | 'song'): string[] {
  const table = `${kind}_identifiers`;
  return [
    `CREATE TABLE "${table}" (
      "type" text NOT NULL,
      "value" text NOT NULL,
      "user_id" uuid NOT NULL,
      "${kind}_id" uuid NOT NULL,
      CONSTRAINT "${table}_pkey" PRIMARY KEY ("type", "value", "user_id"),
      CONSTRAINT "${table}_${kind}_id_fkey" FOREIGN KEY ("${kind}_id") REFERENCES "${kind}s" ("id") ON DELETE CASCADE
    )`,
    `CREATE INDEX "${table}_${kind}_id_idx" ON "${table}" ("${kind}_id")`,
    // In one order everywhere, so that two statements that want the same identifiers wait instead of deadlocking.
    `CREATE FUNCTION "index_${table}"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM "${table}"
       WHERE "${kind}_id" = NEW."id"
         AND NOT NEW."identifiers" @> jsonb_build_array(jsonb_build_object('type', "type", 'value', "value"));
      INSERT INTO "${table}" ("type", "value", "user_id", "${kind}_id")
      SELECT "given"."type", "given"."value", NEW."user_id", NEW."id"
        FROM jsonb_to_recordset(NEW."identifiers") AS "given" ("type" text, "value" text)
       WHERE NOT EXISTS (
         SELECT FROM "${table}" AS "own"
          WHERE "own"."${kind}_id" = NEW."id"
            AND "own"."type" = "given"."type" AND "own"."value" = "given"."value")
       ORDER BY "given"."type", "given"."value";
      RETURN NULL;
    END $$`,
    `CREATE TRIGGER "${kind}s_identifiers_given" AFTER INSERT ON "${kind}s" FOR EACH ROW
    WHEN (NEW."identifiers" <> '[]') EXECUTE FUNCTION "index_${table}"()`,
    `CREATE TRIGGER "${kind}s_identifiers_changed" AFTER UPDATE ON "${kind}s" FOR EACH ROW
    WHEN (NEW."identifiers" <> OLD."identifiers") EXECUTE FUNCTION "index_${table}"()`,
  ];
}
