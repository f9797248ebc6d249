import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config/config.js';
import { VERSION } from '../../config/version.js';
import { MetricsRegistry } from './metrics-registry.js';

@Injectable()
export class ProcessMetrics {
  constructor(registry: MetricsRegistry, @Inject(CONFIG) { commit }: Config) {
    registry.collectDefaults();
    registry.gauge('stagedoor_build_info', 'Always 1; the labels are the running version and its commit.', () => [
      [1, { version: VERSION, commit }],
    ]);
  }
}
