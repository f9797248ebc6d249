import type { EntityManager } from 'typeorm';
import { Session } from '../modules/sessions/session.entity.js';
import { audit } from './audit.js';

/** Ends every session of every account. Returns how many there were. `via` names the command in the audit trail. */
export async function endAllSessions(manager: EntityManager, via: string): Promise<number> {
  const { affected } = await manager.createQueryBuilder().delete().from(Session).execute();
  const ended = affected ?? 0;
  await audit(manager, 'session.ended', via, { which: 'everyone', sessions: ended });
  return ended;
}
