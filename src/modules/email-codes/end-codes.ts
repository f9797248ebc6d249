import type { EntityManager } from 'typeorm';

/**
 * Ends every code of a user except those that undo a change of address. To be called when the password changes, in a
 * transaction that has locked the user. When the address, status or role changes, a trigger does the same.
 */
export async function endCodesButUndo(manager: EntityManager, userId: string): Promise<void> {
  await manager.query(
    `UPDATE email_codes SET ended_at = now() WHERE user_id = $1 AND kind <> 'undo' AND ended_at IS NULL`,
    [userId],
  );
}
