/** The paper's figures: which studies belong to them, what they say, and the data for them. */
import { LeverageError } from '../../../shared/errors.ts';
import { figureTag, KNOWN_DATASETS } from '../../../shared/paper.ts';
import type { ClaimRow, FoundDataset, PaperChart, PaperFigureEntry } from '../../../shared/paper.ts';
import { GROUP_ORIGIN_TITLE } from '../../../shared/quantities.ts';
import type { GroupOrigin } from '../../../shared/quantities.ts';
import type { Group } from '../../../shared/group.ts';
import type { StudySummary } from '../../../shared/study.ts';
import { UNWATCHED } from '../../datasets/source-file.ts';
import { PERMUTATION } from '../../groups/random-twins.ts';
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
  /** Claims and first chart by figure and studies: finished studies do not change. */
  const judged = new Map<string, { claims: ClaimRow[]; cover: PaperChart | null }>();

  function tagged(figure: PaperFigure): StudySummary[] {
    return store.studies.list().filter(({ tags }) => tags.includes(figureTag(figure.id)));
  }

  /** Of studies of one name on the same data (quick, then in full), only the latest counts. */
  function latest(studies: readonly StudySummary[]): StudySummary[] {
    const seen = new Set<string>();
    return studies
      .filter(({ status }) => status === 'done')
      .filter(({ name, datasetId }) => {
        const key = `${datasetId} ${name}`;
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

  async function judge(figure: PaperFigure, results: PaperResult[]) {
    const claims = await figure.claims(results);
    // Of one dataset: the others' charts are not looked at here.
    const [first] = results;
    const charts = await figure.charts(results.filter(({ summary }) => summary.id === first.summary.id));
    return { claims, cover: charts[0] ?? null };
  }

  async function entryOf(
    figure: PaperFigure,
    studies: readonly StudySummary[],
    waiting: boolean,
  ): Promise<PaperFigureEntry> {
    const counted = latest(studies);
    const key = [figure.id, ...counted.map(({ id }) => id)].join(' ');
    let verdict = judged.get(key);
    if (verdict === undefined && (waiting || figure.slow !== true)) {
      verdict = await judge(figure, counted.map(resultOf));
      judged.set(key, verdict);
    }
    const { id, number, title, question, finding } = figure;
    return {
      id,
      number,
      title,
      question,
      finding,
      claims: verdict?.claims ?? [],
      judged: verdict !== undefined,
      cover: verdict?.cover ?? null,
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
      for (const figure of FIGURES) entries.push(await entryOf(figure, tagged(figure), false));
      return entries;
    },
    'paper.figure': async ({ id, studies: named }) => {
      const figure = FIGURES.find((one) => one.id === id);
      if (figure === undefined) throw new LeverageError('notFound', `The paper has no figure "${id}".`);
      const studies =
        named === undefined ? tagged(figure) : named.map((study) => store.studies.get(study)).toReversed();
      const results = latest(studies).map(resultOf);
      const charts = await figure.charts(results);
      const present = new Set(
        results.flatMap((result) =>
          result
            .input()
            .groups.filter(isDrawn)
            .map(({ origin }) => origin),
        ),
      );
      const origins = (Object.keys(GROUP_ORIGIN_TITLE) as GroupOrigin[]).filter((origin) => present.has(origin));
      return { ...(await entryOf(figure, studies, true)), charts, origins };
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

/** The random groups of a permutation test are in no chart. */
function isDrawn({ parameters }: Group): boolean {
  return parameters[PERMUTATION] === undefined;
}
