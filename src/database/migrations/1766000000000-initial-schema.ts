import type { MigrationInterface, QueryRunner } from 'typeorm';
import { API_KEYS } from './initial-schema/api-keys.js';
import { ARTISTS } from './initial-schema/artists.js';
import { AUDIT_EVENTS } from './initial-schema/audit-events.js';
import { KNOWN_NETWORKS } from './initial-schema/known-networks.js';
import { MAIL } from './initial-schema/mail.js';
import { PASSKEYS } from './initial-schema/passkeys.js';
import { REVOCATIONS } from './initial-schema/revocations.js';
import { SEARCH } from './initial-schema/search.js';
import { SECOND_FACTOR } from './initial-schema/second-factor.js';
import { SESSIONS } from './initial-schema/sessions.js';
import { SIGNING_KEYS } from './initial-schema/signing-keys.js';
import { USERS } from './initial-schema/users.js';

/** The schema of version 0.2.0, an area a file. Once that version is released, nothing here may change. */
export class InitialSchema1766000000000 implements MigrationInterface {
  readonly name = 'InitialSchema1766000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const { up } of AREAS) {
      for (const statement of up) await queryRunner.query(statement);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { down } of AREAS.toReversed()) {
      for (const statement of down) await queryRunner.query(statement);
    }
  }
}

/** In the order of their foreign keys and triggers: an area refers to those above it only. */
const AREAS = [
  SEARCH,
  USERS,
  API_KEYS,
  SESSIONS,
  SECOND_FACTOR,
  PASSKEYS,
  ARTISTS,
  SIGNING_KEYS,
  AUDIT_EVENTS,
  REVOCATIONS,
  MAIL,
  KNOWN_NETWORKS,
];
