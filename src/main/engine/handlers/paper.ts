/** The paper's figures: which studies belong to them, what they say, and the data for them. */
import { LeverageError } from '../../../shared/errors.ts';
import { figureTag, KNOWN_DATASETS } from '../../../shared/paper.ts';
import type { ClaimRow, FoundDataset, PaperFigureEntry } from '../../../shared/paper.ts';
import type { StudySummary } from '../../../shared/study.ts';
import { UNWATCHED } from '../../datasets/source-file.ts';
import { findPaperData } from '../../paper/find-data.ts';
import type { PaperFigure, PaperResult } from '../../paper/figure.ts';
import { FIGURES } from '../../paper/figures.ts';
import { generatedDataset } from '../../paper/generated-data.ts';
import type { BundleInput } from '../../report/bundle.ts';
import type { EngineContext, HandlersOf } from '../engine-context.ts';
import { studyReader } from '../study-reader.ts';

export function paperHandlers(context: EngineContext): HandlersOf<'paper'> {
  const { store, services, library } = context;
  const reader = studyReader(context);
  /** Claims by figure and studies: finished studies do not change. */
  const judged = new Map<string, ClaimRow[]>();

  function tagged(figure: PaperFigure): StudySummary[] {
    return store.studies.list().filter(({ tags }) => tags.includes(figureTag(figure.id)));
  }

  /** Of studies that ask the same of the same data, only the latest counts. */
  function latest(studies: readonly StudySummary[]): StudySummary[] {
    const seen = new Set<string>();
    return studies
      .filter(({ status }) => status === 'done')
      .filter(({ id, datasetId }) => {
        const { name: _, ...asked } = store.studies.spec(id);
        const key = `${datasetId} ${JSON.stringify(asked)}`;
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      })
      .toReversed();
  }

  function resultOf({ id, name, seconds, datasetId }: StudySummary): PaperResult {
    let input: BundleInput | null = null;
    return {
      id,
      name,
      seconds,
      summary: store.datasets.get(datasetId),
      input: () => (input ??= reader.bundleInput(id)),
      dataset: () => library.load(datasetId),
    };
  }

  async function entryOf(figure: PaperFigure, studies: readonly StudySummary[]): Promise<PaperFigureEntry> {
    const counted = latest(studies);
    const key = [figure.id, ...counted.map(({ id }) => id)].join(' ');
    const claims = judged.get(key) ?? (await figure.claims(counted.map(resultOf)));
    judged.set(key, claims);
    const { id, number, title, question, finding } = figure;
    return {
      id,
      number,
      title,
      question,
      finding,
      claims,
      studies: studies.map(({ id: study, name, datasetId, datasetName, status }) => ({
        id: study,
        name,
        datasetId,
        datasetName,
        status,
      })),
    };
  }

  return {
    'paper.figures': async () => {
      const entries: PaperFigureEntry[] = [];
      for (const figure of FIGURES) entries.push(await entryOf(figure, tagged(figure)));
      return entries;
    },
    'paper.figure': async ({ id, studies: named }) => {
      const figure = FIGURES.find((one) => one.id === id);
      if (figure === undefined) throw new LeverageError('notFound', `The paper has no figure "${id}".`);
      const studies =
        named === undefined ? tagged(figure) : named.map((study) => store.studies.get(study)).toReversed();
      const charts = await figure.charts(latest(studies).map(resultOf));
      return { ...(await entryOf(figure, studies)), charts };
    },
    'paper.dataset': ({ key }) => library.keep(services.datasets.prepare(generatedDataset(key))),
    'paper.find': async ({ folder, scale }) => {
      if (context.host !== 'cli') {
        throw new LeverageError('unavailable', 'Only the command line may name folders by their path.');
      }
      const found: FoundDataset[] = [];
      for (const { key, title, from, load } of findPaperData(folder, scale)) {
        const read =
          load.kind === 'spec'
            ? await services.datasets.readSpec(load.spec, folder, UNWATCHED)
            : services.datasets.prepare(await load.read(UNWATCHED));
        // Files of images are named for what is in them, not for what they are.
        const named = { ...read, summary: { ...read.summary, name: key === 'mnist' ? title : read.summary.name } };
        found.push({ key, datasetId: (await library.keep(named)).id, from });
      }
      return found.sort((a, b) => KNOWN_DATASETS.indexOf(a.key) - KNOWN_DATASETS.indexOf(b.key));
    },
  };
}
