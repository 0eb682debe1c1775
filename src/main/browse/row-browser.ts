/** Answers row queries: an order of rows is made once per query, kept, and given out in pages. */
import type {
  BrowseColumn,
  BrowseColumns,
  BrowsePage,
  Cells,
  ColumnHead,
  JudgedRow,
  ModelColumn,
  RowQuery,
} from '../../shared/browse.ts';
import { MODEL_COLUMNS } from '../../shared/browse.ts';
import type { Dataset } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { classLabels } from '../datasets/class-labels.ts';
import { columnHead } from './column-head.ts';
import { datasetColumns, datasetValues, isGathered, MOST_BLOCK_FEATURES } from './dataset-columns.ts';
import { filterRows, rowsOf } from './filter-rows.ts';
import { recentlyUsed } from './recently-used.ts';
import { cellsOf, imagesOf, labelOf, wholeRow } from './row-cells.ts';
import type { RowModel } from './row-model.ts';
import type { RowValues } from './row-values.ts';
import { sortRows } from './sort-rows.ts';

/** What the browser asks of the engine. */
export interface BrowsedThings {
  dataset(id: string): Dataset;
  /** The model of a fitted study of the dataset. Throws 'invalidInput' where there is none. */
  model(study: string, dataset: string): Promise<RowModel>;
  /** Members of a named group of the dataset. */
  group(id: string, dataset: string): Int32Array;
}

/** Which rows a query is about; without their order. */
export type RowSet = Omit<RowQuery, 'sort'>;

export interface RowBrowser {
  columns(dataset: string, study: string | null): Promise<BrowseColumns>;
  page(query: RowQuery, columns: readonly string[], offset: number, limit: number): Promise<BrowsePage>;
  heads(query: RowSet, columns: readonly string[]): Promise<ColumnHead[]>;
  row(query: Pick<RowQuery, 'dataset' | 'split' | 'study' | 'point'>, row: number): Promise<JudgedRow>;
  /** Row numbers, ascending. */
  kept(query: RowSet): Promise<Int32Array>;
  /** Where a row stands in the order; −1 when a filter leaves it out. */
  position(query: RowQuery, row: number): Promise<number>;
  /** A group has changed: what was filtered by one is forgotten. */
  forget(): void;
}

const ORDERS_KEPT = 6;
/** Columns that had to be computed or gathered; a million rows are 8 MB each. */
const COLUMNS_KEPT = 16;

export function rowBrowser(things: BrowsedThings): RowBrowser {
  const keptRows = recentlyUsed<Int32Array>(ORDERS_KEPT);
  const orders = recentlyUsed<Int32Array>(ORDERS_KEPT);
  const gathered = recentlyUsed<RowValues>(COLUMNS_KEPT);
  const heads = recentlyUsed<ColumnHead>(400);

  function values(query: RowSet, key: string): Promise<RowValues> {
    const { dataset, split } = query;
    if (isModelColumn(key)) return modelValues(query, key);
    // Most columns of the dataset lie there already; a feature of the block has to be gathered.
    if (!isGathered(things.dataset(dataset), key))
      return Promise.resolve(datasetValues(things.dataset(dataset), split, key));
    return gathered.of(`${dataset} ${split} ${key}`, async () => datasetValues(things.dataset(dataset), split, key));
  }

  async function modelValues({ dataset, split, study, point }: RowSet, key: ModelColumn): Promise<RowValues> {
    if (study === null)
      throw invalidInput(`The column ${key} needs a fitted study.`, 'Choose a study of this dataset.');
    const model = await things.model(study, dataset);
    if (key === 'influence') {
      if (split === 'test' || point === null) {
        throw invalidInput(
          'Influence is that of a training row on a test row.',
          split === 'test' ? 'Look at the training rows.' : 'Choose the test row.',
        );
      }
      return { kind: 'number', values: await model.influenceOn(point) };
    }
    const found = model[split][key];
    if (found === null) throw invalidInput(model.refusal ?? `There is no column ${key}.`);
    return { kind: 'number', values: found };
  }

  function kept(query: RowSet): Promise<Int32Array> {
    const { dataset: id, split, filters, study, point } = query;
    return keptRows.of(keyOf(query), () => {
      const dataset = things.dataset(id);
      const rows = split === 'train' ? dataset.trainRows : dataset.testRows;
      if (filters.length === 0) return Promise.resolve(rowsOf(new Uint8Array(rows).fill(1)));
      return filterRows(filters, {
        rows,
        values: (column) => values({ dataset: id, split, filters, study, point }, column),
        classes: () => {
          const { classes, index } = classLabels(dataset);
          const first = split === 'train' ? 0 : dataset.trainRows;
          return { names: classes, index: index.subarray(first, first + rows) };
        },
        group: (group) => {
          if (split === 'train') return things.group(group, id);
          throw invalidInput('A group is a set of training rows.', 'Look at the training rows, or drop that filter.');
        },
      });
    });
  }

  function order(query: RowQuery): Promise<Int32Array> {
    if (query.sort.length === 0) return kept(query);
    return orders.of(`${keyOf(query)} ${JSON.stringify(query.sort)}`, async () => {
      const keys = [];
      for (const { column, descending } of query.sort) keys.push({ values: await values(query, column), descending });
      return sortRows(await kept(query), keys);
    });
  }

  function cells(query: RowSet, dataset: Dataset, key: string, rows: Int32Array): Promise<Cells> {
    if (key === 'image') return Promise.resolve(imagesOf(dataset, firstOf(dataset, query.split), rows));
    return values(query, key).then((found) => cellsOf(found, rows));
  }

  return {
    kept,
    columns: async (id, study) => {
      const dataset = things.dataset(id);
      const model = study === null ? null : await things.model(study, id);
      return {
        columns: [...datasetColumns(dataset), ...(model === null ? [] : modelColumns(model))],
        featuresLeftOut: Math.max(0, (dataset.block?.columns ?? 0) - MOST_BLOCK_FEATURES),
        refusal: model?.refusal ?? null,
      };
    },
    page: async (query, columns, offset, limit) => {
      const dataset = things.dataset(query.dataset);
      const ordered = await order(query);
      const rows = ordered.slice(offset, offset + limit);
      const first = firstOf(dataset, query.split);
      const found: Record<string, Cells> = {};
      for (const key of columns) found[key] = await cells(query, dataset, key, rows);
      return {
        total: query.split === 'train' ? dataset.trainRows : dataset.testRows,
        kept: ordered.length,
        rows,
        labels: Array.from(rows, (row) => labelOf(dataset, first + row)),
        cells: found,
      };
    },
    heads: async (query, columns) => {
      const found: ColumnHead[] = [];
      for (const key of columns) {
        if (key === 'image') continue;
        const head = await heads.of(`${keyOf(query)} ${key}`, async () => {
          const rows = await kept(query);
          return columnHead(key, await values(query, key), rows);
        });
        found.push(head);
        // Whoever called meanwhile is answered between two columns.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return found;
    },
    row: async ({ dataset: id, split, study, point }, row) => {
      const dataset = things.dataset(id);
      const rows = split === 'train' ? dataset.trainRows : dataset.testRows;
      if (row >= rows) {
        throw invalidInput(
          `${dataset.name} has no ${split === 'train' ? 'training' : 'test'} row ${row}.`,
          `It has ${rows}.`,
        );
      }
      const detail = { ...wholeRow(dataset, split, row), leverage: null, influence: null };
      if (study === null) return detail;
      const model = await things.model(study, id);
      const judged = model[split];
      return {
        ...detail,
        probability: judged.probability[row],
        loss: judged.loss[row],
        leverage: judged.leverage?.[row] ?? null,
        influence: split === 'train' && point !== null ? (await model.influenceOn(point))[row] : null,
      };
    },
    position: async (query, row) => (await order(query)).indexOf(row),
    forget: () => {
      keptRows.clear();
      orders.clear();
      heads.clear();
    },
  };
}

const ABOUT: Record<ModelColumn, string> = {
  influence: 'Predicted change of the chosen test row’s loss when this training row is removed',
  loss: 'Loss of the row under the fitted model',
  probability: 'Probability that the model gives to the row’s own class',
  leverage: 'Share of the effective parameters that the row takes up: tr(∇²ℓ H⁻¹)',
};

function modelColumns(model: RowModel): BrowseColumn[] {
  return MODEL_COLUMNS.filter((key) => key !== 'leverage' || model.refusal === null).map((key) => ({
    key,
    name: key,
    type: 'number',
    role: 'model',
    about: ABOUT[key],
  }));
}

function isModelColumn(key: string): key is ModelColumn {
  return (MODEL_COLUMNS as readonly string[]).includes(key);
}

function firstOf(dataset: Dataset, split: 'train' | 'test'): number {
  return split === 'train' ? 0 : dataset.trainRows;
}

/** Names the set of rows; a model counts only where a filter or the head looks at it, but costs nothing in the name. */
function keyOf({ dataset, split, filters, study, point }: RowSet): string {
  return JSON.stringify([dataset, split, filters, study, point]);
}
