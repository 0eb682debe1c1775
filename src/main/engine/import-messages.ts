/** What the engine and a reading thread say to each other. Both ends are this program, of one build. */
import type { ImportOptions, ImportPreview } from '../../shared/contract.ts';
import type { Failure } from '../../shared/errors.ts';
import type { DatasetSpec } from '../../shared/study-spec.ts';
import type { PreparedDataset } from '../datasets/prepare-dataset.ts';
import type { ReadControl, SourceFile } from '../datasets/source-file.ts';

/** Given to the thread when it starts. */
export type ImportJob =
  | { kind: 'preview'; files: SourceFile[]; options: ImportOptions }
  | { kind: 'files'; files: SourceFile[]; options: ImportOptions }
  | { kind: 'spec'; spec: DatasetSpec; folder: string };

export type FromImport =
  | { type: 'progress'; progress: Parameters<ReadControl['progress']>[0] }
  | { type: 'previewed'; preview: ImportPreview }
  | { type: 'read'; prepared: PreparedDataset }
  | { type: 'failed'; failure: Failure };
