import type { MigrationInterface } from 'typeorm';
import { InitialSchema1766000000000 } from './1766000000000-initial-schema.js';

/** In the order in which they run. A release only adds to the end. */
export const MIGRATIONS: readonly (new () => MigrationInterface)[] = [InitialSchema1766000000000];
