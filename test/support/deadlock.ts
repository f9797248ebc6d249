import type { Database } from '../../src/database/database.js';

/** Runs `work` while the first row that such a statement touches makes it fail as the victim of a deadlock. */
export async function withDeadlock<T>(
  database: Database,
  statement: 'DELETE ON sessions' | 'UPDATE ON passkeys',
  work: () => Promise<T>,
): Promise<T> {
  // A sequence counts the attempts, since a rollback does not reset it.
  await database.query('CREATE SEQUENCE attempts');
  await database.query(
    `CREATE FUNCTION deadlock_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF nextval('attempts') = 1 THEN RAISE 'a deadlock' USING ERRCODE = 'deadlock_detected'; END IF;
       RETURN coalesce(NEW, OLD);
     END $$`,
  );
  await database.query(
    `CREATE TRIGGER deadlock_once BEFORE ${statement} FOR EACH ROW EXECUTE FUNCTION deadlock_once()`,
  );
  try {
    return await work();
  } finally {
    await database.query('DROP FUNCTION deadlock_once CASCADE');
    await database.query('DROP SEQUENCE attempts');
  }
}
