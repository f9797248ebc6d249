import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { ServerRevocationLink } from './revocation-link.js';

it('a link that never had a connection warns of it once', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const link = new ServerRevocationLink('postgres://127.0.0.1:1/none', {
    connected: () => expect.unreachable(),
    revoked: () => undefined,
  });
  await link.open();
  await link.open();
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toContain('No connection for revocations');
  await link.close();
});
