/** Progress of a set of files as one: it only rises, also where a table has to be read twice. */
import type { ReadControl, SourceFile } from '../datasets/source-file.ts';

type Push = ReadControl['progress'];

/** @returns what readers report to, file by file; `push` gets bytes and rows of all files together */
export function overallProgress(files: readonly SourceFile[], push: Push): Push {
  const bytesTotal = files.reduce((sum, file) => sum + file.bytes, 0);
  const furthest = new Map<string, { bytes: number; rows: number }>();
  return ({ file, bytesRead, rows }) => {
    const before = furthest.get(file);
    furthest.set(file, { bytes: Math.max(bytesRead, before?.bytes ?? 0), rows: Math.max(rows, before?.rows ?? 0) });
    const sum = { bytes: 0, rows: 0 };
    for (const one of furthest.values()) {
      sum.bytes += one.bytes;
      sum.rows += one.rows;
    }
    push({ file, bytesRead: Math.min(sum.bytes, bytesTotal), bytesTotal, rows: sum.rows });
  };
}
