import { Injectable } from '@nestjs/common';
import { FoldingJob } from '../../modules/catalogue/folding.job.js';
import { MetricsRegistry } from './metrics-registry.js';

@Injectable()
export class CatalogueMetrics {
  constructor(registry: MetricsRegistry, job: FoldingJob) {
    registry.gauge(
      'stagedoor_unfolded_rows',
      'Artists and songs not yet indexed for search, as of the last check.',
      () => {
        const { waiting } = job.stats();
        return waiting === undefined ? [] : [[waiting]];
      },
    );
    registry.counter(
      'stagedoor_folded_rows_total',
      'Artists and songs whose names this instance has folded in the background.',
      () => [[job.stats().folded]],
    );
  }
}
