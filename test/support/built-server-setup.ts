import type { TestProject } from 'vitest/node';
import { buildServer, type BuiltServer } from './server-process.js';

declare module 'vitest' {
  interface ProvidedContext {
    builtFolder: string;
  }
}

let built: BuiltServer;

/** Builds the server once for a whole run. */
export async function setup(project: TestProject): Promise<void> {
  built = await buildServer();
  project.provide('builtFolder', built.folder);
}

export function teardown(): Promise<void> {
  return built.remove();
}
