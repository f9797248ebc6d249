import { Logger } from '@nestjs/common';
import { getRepositoryToken } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { AuditEvent } from '../../src/modules/security-events/audit-event.entity.js';
import { AuditTrail, WAITING_MAX } from '../../src/modules/security-events/audit-trail.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';

describe('the audit trail', () => {
  let app: TestApp;
  let trail: AuditTrail;
  beforeEach(async () => {
    app = await startApp();
    stopBackgroundWork(app);
    trail = app.nest.get(AuditTrail, { strict: false });
    await trail.flush();
  });
  afterEach(async () => {
    await app.close();
    vi.restoreAllMocks();
  });

  /** Appends events, and returns their ids. */
  function append(events: number): string[] {
    const event = { event: 'login.failed', details: {}, createdAt: new Date() } as const;
    const ids = Array.from({ length: events }, () => newId());
    for (const id of ids) trail.append({ ...event, id } as unknown as AuditEvent);
    return ids;
  }
  async function written(): Promise<string[]> {
    const rows = await app.database.query<{ id: string }>(
      `SELECT id FROM audit_events WHERE event = 'login.failed' ORDER BY id`,
    );
    return rows.map(({ id }) => id);
  }
  const logged = (level: 'log' | 'warn' | 'error') =>
    vi.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
  /** Returns what brings it back. */
  function loseDatabase(): () => void {
    const events = app.nest.get<Repository<AuditEvent>>(getRepositoryToken(AuditEvent), { strict: false });
    const lost = vi.spyOn(events, 'createQueryBuilder').mockImplementation(() => {
      throw new Error('The database is unavailable');
    });
    return () => lost.mockRestore();
  }

  it('drops the oldest of too many waiting events, and warns once until it has written the others', async () => {
    const warn = logged('warn');
    const ids = append(WAITING_MAX + 20);
    expect(warn).toHaveBeenCalledTimes(1);
    await trail.flush();
    expect(await written()).toEqual(ids.slice(-WAITING_MAX).sort());
    append(WAITING_MAX + 20);
    expect(warn).toHaveBeenCalledTimes(2);
    loseDatabase();
  });

  it('keeps events while the database is unavailable, and logs the begin and the end of that once', async () => {
    const [warn, log] = [logged('warn'), logged('log')];
    const ids = append(2);
    const bringBack = loseDatabase();
    for (let i = 0; i < 3; i++) await trail.flush();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(log).not.toHaveBeenCalled();
    bringBack();
    for (let i = 0; i < 3; i++) await trail.flush();
    expect(await written()).toEqual(ids.sort());
    expect(log.mock.calls).toEqual([['Security events are written again']]);
  });

  it('logs at the end how many events it could not write', async () => {
    const [error] = [logged('error'), logged('warn')];
    append(2);
    loseDatabase();
    await trail.close();
    expect(error.mock.calls).toEqual([[expect.objectContaining({ events: 2 })]]);
  });
});
