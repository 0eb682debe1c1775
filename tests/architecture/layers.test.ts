import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';
import { sourceFiles } from './source-files.ts';

const src = sourceFiles('src');
const BUILTIN = new Set(builtinModules);

/** "importer → imported" of every import from a file of `layer` that `forbidden` accepts. */
function violations(layer: (path: string) => boolean, forbidden: (imported: string) => boolean): string[] {
  return src
    .filter((file) => layer(file.path))
    .flatMap((file) => file.imports.filter(forbidden).map((imported) => `${file.path} → ${imported}`));
}

const inside =
  (...folders: string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path.startsWith(`${folder}/`));
const isPackage = (name: string) => (imported: string) => imported === name || imported.startsWith(`${name}/`);
const isNode = (imported: string): boolean => imported.startsWith('node:') || BUILTIN.has(imported);

describe('the layers of the source', () => {
  it('are read at all', () => {
    expect(src.length).toBeGreaterThan(50);
    expect(src.find((file) => file.path === 'src/shared/wire.ts')?.imports).toEqual([
      'msgpackr',
      'src/shared/contract.ts',
      'src/shared/errors.ts',
    ]);
  });

  it('shared imports nothing of main, renderer, Node or Electron', () => {
    const foreign = (path: string): boolean =>
      inside('src/main', 'src/renderer')(path) || isNode(path) || isPackage('electron')(path);
    expect(violations(inside('src/shared'), foreign)).toEqual([]);
  });

  it('renderer imports nothing of main, Node or Electron', () => {
    const foreign = (path: string): boolean => inside('src/main')(path) || isNode(path) || isPackage('electron')(path);
    expect(violations(inside('src/renderer'), foreign)).toEqual([]);
  });

  it('main imports nothing of renderer', () => {
    expect(violations(inside('src/main'), inside('src/renderer'))).toEqual([]);
  });

  it('only shell/, index.ts and preload.ts import electron', () => {
    const allowed = (path: string): boolean =>
      inside('src/main/shell')(path) || path === 'src/main/index.ts' || path === 'src/main/preload.ts';
    expect(violations((path) => !allowed(path), isPackage('electron'))).toEqual([]);
  });

  it('only serve/ imports an HTTP server or a WebSocket', () => {
    const servers = ['http', 'https', 'http2', 'net', 'tls'].flatMap((name) => [name, `node:${name}`]);
    const network = (imported: string): boolean => servers.includes(imported) || isPackage('ws')(imported);
    expect(violations((path) => !inside('src/main/serve')(path), network)).toEqual([]);
  });

  it('only the store imports SQLite', () => {
    expect(violations((path) => !inside('src/main/store')(path), isPackage('better-sqlite3'))).toEqual([]);
  });

  it('only a device imports a numerical runtime', () => {
    const runtime = (imported: string): boolean =>
      isPackage('onnxruntime-node')(imported) || imported.startsWith('@tensorflow/');
    expect(violations((path) => !inside('src/main/compute')(path), runtime)).toEqual([]);
  });

  it('what computes knows no store, host, engine or concrete device', () => {
    const outer = inside('src/main/store', 'src/main/shell', 'src/main/serve', 'src/main/engine');
    const device = inside('src/main/compute/onnx', 'src/main/compute/reference', 'src/main/compute/tensorflow');
    const mathematics = inside(
      'src/main/estimators',
      'src/main/analyses',
      'src/main/attribution',
      'src/main/models',
      'src/main/groups',
      'src/main/theory',
    );
    expect(violations(mathematics, (path) => outer(path) || device(path))).toEqual([]);
  });

  it('datasets, features, compute, evaluation and store know no host', () => {
    const domain = inside(
      ...['browse', 'datasets', 'features', 'compute', 'evaluation', 'store', 'studies', 'report', 'what-if'].map(
        (name) => `src/main/${name}`,
      ),
    );
    expect(violations(domain, inside('src/main/shell', 'src/main/serve', 'src/main/engine'))).toEqual([]);
  });
});
