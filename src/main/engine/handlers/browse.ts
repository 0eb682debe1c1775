/** The rows of a dataset: sorted, filtered and paged in the engine. */
import type { EngineContext, HandlersOf } from '../engine-context.ts';

export function browseHandlers({ browser, store }: EngineContext): HandlersOf<'browse'> {
  return {
    'browse.columns': ({ dataset, study }) => {
      store.datasets.get(dataset);
      return browser.columns(dataset, study);
    },
    'browse.rows': ({ columns, offset, limit, ...query }) => browser.page(query, columns, offset, limit),
    'browse.heads': ({ columns, ...query }) => browser.heads(query, columns),
    'browse.row': ({ row, ...query }) => browser.row(query, row),
    'browse.position': async ({ row, ...query }) => ({ position: await browser.position(query, row) }),
  };
}
