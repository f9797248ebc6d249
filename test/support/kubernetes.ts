import { join } from 'node:path';
import ts from 'typescript';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: Record<string, unknown>;
}

const FILE = join(import.meta.dirname, 'manifests.ts');
const OPTIONS: ts.CompilerOptions = {
  ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es5.d.ts'] },
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/**
 * What the API of Kubernetes 1.30 would refuse in these manifests, by the types that are generated from its schema:
 * unknown and missing fields, and values of another type.
 */
export function manifestProblems(manifests: readonly Manifest[]): string[] {
  const declarations = manifests.map((manifest, i) => {
    const { apiVersion, kind } = manifest;
    const module = apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`;
    return `export const manifest${i}: import('kubernetes-types/${module}').${kind} = ${JSON.stringify(manifest)};`;
  });
  const host = ts.createCompilerHost(OPTIONS);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) =>
    name === FILE ? ts.createSourceFile(name, declarations.join('\n'), version) : read(name, version);
  const program = ts.createProgram([FILE], OPTIONS, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
