import { join } from 'node:path';

/** Every entity of the app, as TypeORM finds them: commands run without Nest, which collects them for the server. */
export const ENTITIES = [join(import.meta.dirname, '../modules/**/*.entity.js')];
