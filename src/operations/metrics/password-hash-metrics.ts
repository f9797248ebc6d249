import { Injectable } from '@nestjs/common';
import { PasswordHasher } from '../../modules/passwords/password-hasher.js';
import { MetricsRegistry } from './metrics-registry.js';

@Injectable()
export class PasswordHashMetrics {
  constructor(registry: MetricsRegistry, hasher: PasswordHasher) {
    registry.gauge('stagedoor_password_hashes_running', 'Password hashes being computed.', () => [
      [hasher.queueStats().running],
    ]);
    registry.gauge('stagedoor_password_hashes_waiting', 'Password hashes in the queue.', () => [
      [hasher.queueStats().waiting],
    ]);
    registry.counter('stagedoor_password_hashes_shed_total', 'Requests refused because the queue was full.', () => [
      [hasher.queueStats().shed],
    ]);
  }
}
