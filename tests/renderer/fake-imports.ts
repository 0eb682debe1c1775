/** Imports into the fake engine: whatever the file holds, it becomes the same made-up table. */
import type { FileHandle, ImportPreview } from '../../src/shared/contract.ts';
import { invalidInput, LeverageError } from '../../src/shared/errors.ts';
import { DIABETES } from './fake-data.ts';
import { summaryOf } from './fake-library.ts';
import { pause, type Answers, type Emit } from './fake-part.ts';
import type { FakeStore } from './fake-store.ts';

/** @param files let in so far, by handle */
export function importAnswers(store: FakeStore, files: ReadonlyMap<string, FileHandle>, emit: Emit): Answers {
  const cancelled = new Set<string>();
  return {
    'datasets.preview': ({ files: handles }) => preview(handles.map((handle) => files.get(handle)?.name ?? '')),
    'datasets.import': async ({ importId, files: handles, options: chosen }) => {
      const name = files.get(handles[0] ?? '')?.name ?? 'file';
      for (let step = 1; step <= 12; step++) {
        await pause(120);
        if (cancelled.has(importId)) throw new LeverageError('cancelled', 'The import was cancelled.');
        emit({
          type: 'import.progress',
          importId,
          file: name,
          bytesRead: step * 8e5,
          bytesTotal: 9.6e6,
          rows: step * 380,
        });
      }
      const added = { ...DIABETES, id: `d-${name}`, name: chosen?.name ?? name, source: name, groupColumns: [] };
      store.datasets.push(added);
      emit({ type: 'datasets.changed' });
      return summaryOf(added);
    },
    'datasets.cancelImport': ({ importId }) => (cancelled.add(importId), null),
  };
}

function preview(names: string[]): ImportPreview {
  const [name = ''] = names;
  if (name.includes('broken'))
    throw invalidInput(
      `${name}, line 214: 12 fields where the header has 13.`,
      'Correct or remove that line and drop the file again.',
    );
  const names13 = ['age', 'sex', 'bmi', 'blood pressure', 'glucose', 'insulin', 'hospital', 'patient', 'outcome'];
  return {
    format: 'CSV (comma)',
    table: true,
    judgedRows: 4601,
    trainRows: 4601,
    testRows: null,
    featureCount: 6,
    columns: names13.map((column, index) => ({
      name: column,
      kind: index === 1 || index >= 6 ? 'category' : 'number',
      role: column === 'outcome' ? 'target' : column === 'hospital' ? 'group' : column === 'patient' ? 'id' : 'feature',
      missing: column === 'insulin' ? 374 : 0,
      examples: index === 1 ? ['female', 'male'] : ['42.1', '17', '63.4'],
    })),
    rows: Array.from({ length: 6 }, (_, row) =>
      names13.map((_column, column) =>
        column === 1 ? (row % 2 ? 'male' : 'female') : String((row * 7 + column * 3) % 60),
      ),
    ),
    notes: ['Column "patient" has as many values as rows and is taken for an id.'],
  };
}
