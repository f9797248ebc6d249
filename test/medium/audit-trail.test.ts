import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { newId } from '../../src/common/ids.js';
import type { AuditEvent } from '../../src/modules/security-events/audit-event.entity.js';
import { AuditTrail, WAITING_MAX } from '../../src/modules/security-events/audit-trail.js';
import { startApp, stopBackgroundWork } from '../support/app.js';

it('the audit trail drops the oldest of too many waiting events, and warns once until it has written the others', async () => {
  const app = await startApp();
  try {
    stopBackgroundWork(app);
    const trail = app.nest.get(AuditTrail, { strict: false });
    await trail.flush();
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const event = { event: 'login.failed', details: {}, createdAt: new Date() } as const;
    const ids: string[] = [];
    const append = (): void => {
      ids.push(newId());
      trail.append({ ...event, id: ids.at(-1) } as unknown as AuditEvent);
    };
    for (let i = 0; i < WAITING_MAX + 20; i++) append();
    expect(warn).toHaveBeenCalledTimes(1);
    await trail.flush();
    const rows = await app.database.query<{ id: string }>(`SELECT id FROM audit_events WHERE event = 'login.failed'`);
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(ids.slice(-WAITING_MAX)));
    for (let i = 0; i < WAITING_MAX + 20; i++) append();
    expect(warn).toHaveBeenCalledTimes(2);
  } finally {
    await app.close();
  }
});
