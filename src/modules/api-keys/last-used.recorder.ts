import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LastUsedWriter } from '../../database/last-used-writer.js';

/** When API keys were last used. */
@Injectable()
export class LastUsedRecorder extends LastUsedWriter {
  constructor(@InjectDataSource() dataSource: DataSource) {
    super(dataSource, 'api_keys');
  }
}
