import type { Area } from './area.js';

/** The networks from which users have logged in. */
export const KNOWN_NETWORKS: Area = {
  up: [
    `CREATE TABLE "known_networks" (
      "user_id" uuid NOT NULL,
      "network" text NOT NULL,
      "last_login_at" timestamptz(3) NOT NULL,
      CONSTRAINT "known_networks_pkey" PRIMARY KEY ("user_id", "network"),
      CONSTRAINT "known_networks_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE
    )`,
    `CREATE INDEX "known_networks_last_login_at_idx" ON "known_networks" ("last_login_at")`,
  ],
  down: ['DROP TABLE "known_networks"'],
};
