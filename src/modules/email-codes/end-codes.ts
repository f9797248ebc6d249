import type { EntityManager } from 'typeorm';

/**
 * Ends every code of a user but those that undo a change of address: for a user who has a new password, in a transaction
 * that has locked the user. A changed address, status or role ends them by a trigger.
 */
export async function endCodesButUndo(manager: EntityManager, userId: string): Promise<void> {
  await manager.query(
    `UPDATE email_codes SET ended_at = now() WHERE user_id = $1 AND kind <> 'undo' AND ended_at IS NULL`,
    [userId],
  );
}
