import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { LastUsedWriter } from '../../../database/last-used-writer.js';

/** When sessions last renewed their access token. */
@Injectable()
export class SessionUseRecorder extends LastUsedWriter {
  constructor(@InjectDataSource() dataSource: DataSource) {
    super(dataSource, 'sessions');
  }
}
