import type { Readable } from 'node:stream';
import { Controller, Get, Header, Post } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { NDJSON_MEDIA_TYPE, NdjsonBody, NdjsonRoute } from '../../../http/input/ndjson-route.js';
import type { NdjsonUpload } from '../../../http/input/ndjson-upload.js';
import { ndjsonExport } from '../../../http/output/ndjson-export.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { Scopes } from '../../../modules/auth/access/scopes.decorator.js';
import { CatalogueExportService } from '../../../modules/catalogue/catalogue-export.service.js';
import { CatalogueImportService } from '../../../modules/catalogue/catalogue-import.service.js';
import { Operation } from '../api.answers.js';
import { answerImport } from '../import-answers.js';
import { presentExport } from './export.presenter.js';
import { toImportedArtist } from './import.dto.js';

@ApiTags('Catalogue')
@Controller('catalogue')
export class CatalogueController {
  constructor(
    private readonly imports: CatalogueImportService,
    private readonly exports: CatalogueExportService,
  ) {}

  @Post('import')
  @Scopes('artists:write')
  @NdjsonRoute()
  @ApiBody({ description: 'A JSON object a line.', schema: { type: 'string', format: 'binary' } })
  @Operation({
    summary: 'Import artists and songs',
    description:
      'Imports artists and songs from NDJSON, an artist a line with its `songs`, into your own roster. An artist has ' +
      '`identifiers`, a song an `isrc` or `identifiers`, by which they are found again. A field that is left out ' +
      'stays, null clears it, and `aliases` and `identifiers` are added. Each line is answered in order while the ' +
      'upload runs, and is stored as a whole or not at all: `created`, `updated`, `unchanged` or `refused`. The last ' +
      'line has `done` and the counts; `done` is false, with `code` and `message`, when the import ended early. A ' +
      'line of more than 102,400 bytes is refused.',
    answers: 'ndjson',
    errors: ['overloaded'],
  })
  importCatalogue(@CurrentPrincipal() principal: Principal, @NdjsonBody() upload: NdjsonUpload): Readable {
    return answerImport(upload, this.imports.begin(principal), toImportedArtist);
  }

  @Get('export')
  @Scopes('artists:read')
  @Header('content-type', `${NDJSON_MEDIA_TYPE}; charset=utf-8`)
  @Operation({
    summary: 'Export artists and songs',
    description:
      'Exports your own roster of artists and songs as the NDJSON that an import takes, the oldest artists first. An ' +
      'artist or song without other identifiers has its id, as the identifier `stagedoor`. An artist whose line would ' +
      'be too long has several.',
    answers: 'ndjson',
  })
  exportCatalogue(@CurrentPrincipal() principal: Principal): Readable {
    return ndjsonExport(presentExport(this.exports.export(principal)));
  }
}
