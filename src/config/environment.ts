import { existsSync } from 'node:fs';

/** The process's environment, completed (never overridden) by a `.env` file in the working folder. */
export function loadEnvironment(): NodeJS.ProcessEnv {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}
