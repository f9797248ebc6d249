import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { newId } from '../../src/common/ids.js';
import type { AuditEvent } from '../../src/modules/security-events/audit-event.entity.js';
import { AuditTrail } from '../../src/modules/security-events/audit-trail.js';
import { count } from '../support/accounts.js';
import { startApp, stopBackgroundWork } from '../support/app.js';

/** Events that wait for the database at most. */
const WAITING_MAX = 10_000;

it('the audit trail drops the oldest of too many waiting events, and warns once', async () => {
  const app = await startApp();
  try {
    stopBackgroundWork(app);
    const trail = app.nest.get(AuditTrail, { strict: false });
    await trail.flush();
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const event = { event: 'login.failed', details: {}, createdAt: new Date() } as const;
    for (let i = 0; i < WAITING_MAX + 20; i++) trail.append({ ...event, id: newId() } as unknown as AuditEvent);
    expect(warn).toHaveBeenCalledTimes(1);
    await trail.flush();
    expect(await count(app.database, `audit_events WHERE event = 'login.failed'`)).toBe(WAITING_MAX);
    trail.append({ ...event, id: newId() } as unknown as AuditEvent);
    expect(warn).toHaveBeenCalledTimes(1);
  } finally {
    await app.close();
  }
});
