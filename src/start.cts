import { loadEnvironment } from './config/load-dotenv.js';
import { sizeThreadPool } from './config/thread-pool.js';

/*
 * node dist/start.cjs
 *
 * Sizes the thread pool and starts the server. Node.js 20 uses the pool to load ES modules, before the first line of any
 * runs, and then it keeps its size: that is why this file is CommonJS.
 */

sizeThreadPool(loadEnvironment().variables);
void import('./main.js');
