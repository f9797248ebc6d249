import { Module } from '@nestjs/common';
import { SessionsModule } from '../sessions/sessions.module.js';
import { CatalogueExportService } from './catalogue-export.service.js';
import { CatalogueImportService } from './catalogue-import.service.js';
import { FoldingJob } from './folding.job.js';
import { RosterRows } from './roster-rows.js';

/** Whole rosters: import, export, and the folding of names that an older version wrote. */
@Module({
  imports: [SessionsModule],
  providers: [CatalogueImportService, CatalogueExportService, RosterRows, FoldingJob],
  exports: [CatalogueImportService, CatalogueExportService, FoldingJob],
})
export class CatalogueModule {}
