/** `paper`: the experiments of Koh et al. 2019 as studies of the store, and a report with one row per claim. */
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Engine } from '../../shared/contract.ts';
import type { DatasetSummary } from '../../shared/dataset.ts';
import { invalidInput } from '../../shared/errors.ts';
import { figureTag, GENERATED_DATASETS, PAPER_FIGURES } from '../../shared/paper.ts';
import { knownDataset } from '../../shared/paper-studies.ts';
import type { ClaimRow, FoundDataset, KnownDataset, PaperFigureId, PaperScale } from '../../shared/paper.ts';
import { isTrainable, type StudySpec } from '../../shared/study-spec.ts';
import type { StudyDetail, StudySummary } from '../../shared/study.ts';
import type { PaperFigure } from '../paper/figure.ts';
import { FIGURES } from '../paper/figures.ts';
import { claimCounts, paperFiles } from '../paper/paper-report.ts';
import type { UsedData } from '../paper/paper-report.ts';
import { refuseForeignFolder, replaceFolder } from '../report/replace-folder.ts';
import { checkDevice } from './check-device.ts';
import { DEVICE_OPTION, EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command, World } from './command.ts';
import { nearest } from './nearest.ts';
import { runToEnd } from './study-session.ts';
import { oneLine } from './text-table.ts';

export const paperCommand: Command = {
  name: 'paper',
  summary: 'run the experiments of Koh et al. 2019 and report claim by claim; run it again to resume',
  arguments: { name: '', least: 0, most: 0 },
  options: [
    { name: 'figure', value: 'ID', help: `one of ${PAPER_FIGURES.join(', ')} (else all)` },
    { name: 'data', value: 'DIR', help: 'a folder with the paper’s data; what is missing is bundled or generated' },
    { name: 'out', value: 'DIR', help: 'where to write report.html and claims.json (else beside the store)' },
    { name: 'quick', value: null, help: 'few groups and small data: minutes, not hours' },
    STORE_OPTION,
    DEVICE_OPTION,
    JSON_OPTION,
  ],
  run: async (given, world) => {
    const figures = chosenFigures(given.text('figure'));
    const scale: PaperScale = given.flag('quick') ? 'quick' : 'full';
    const out = resolve(world.folder, given.text('out') ?? resolve(world.dataFolder, 'paper'));
    refuseForeignFolder(out);
    const folder = given.text('data');
    const choice = { store: given.text('store'), device: given.text('device') };
    return withEngine(world, choice, async (engine) => {
      await checkDevice(engine, choice.device);
      const found = folder === undefined ? [] : await findData(engine, world, resolve(world.folder, folder), scale);
      const { datasets, data, missing } = await gatherData(engine, found);
      const studies = await runExperiments(engine, world, figures, datasets, scale, choice.device);
      const pages = [];
      for (const { id } of figures)
        pages.push(await engine.call('paper.figure', { id, studies: studies.byFigure.get(id) ?? [] }));
      const details = [...studies.details.values()];
      const device = [...new Set(details.flatMap(({ provenance }) => provenance?.device ?? []))].join(', ');
      const run = {
        pages,
        data,
        missing,
        scale,
        device: device === '' ? 'this machine' : device,
        version: world.version,
        studies: details.map(({ id, name, groupCount, seconds }) => ({ id, name, groups: groupCount, seconds })),
      };
      replaceFolder(out, paperFiles(run));
      const claims = pages.flatMap((page) => page.claims);
      for (const page of pages) {
        world.print(`${page.number}: ${page.title}`);
        for (const claim of page.claims) {
          world.print(`  ${metWord(claim.met)}  ${oneLine(claim.statement)}`);
          world.print(`           paper ${oneLine(claim.paperValue)} · ours ${oneLine(claim.ourValue)}`);
        }
      }
      world.print('');
      for (const sentence of missing) world.print(sentence);
      world.print(`${claimCounts(claims)}. Report in ${out} (open report.html)`);
      if (given.flag('json')) world.print(JSON.stringify({ out, scale, data, missing, claims }));
      return EXIT.done;
    });
  },
};

function metWord(met: ClaimRow['met']): string {
  return met === true ? 'met    ' : met === false ? 'NOT MET' : 'not run';
}

/** Figures of the paper that are parts of one of ours. */
const PARTS: Partial<Record<PaperFigureId, readonly string[]>> = {
  '4-left': ['4', 'c.5', 'c.6', 'c.7'],
  '4-right': ['4', 'c.8', 'c.9', 'c.10', 'c.11'],
  'C.2': ['c.3'],
  'table-1': ['table1'],
};

function chosenFigures(id: string | undefined): PaperFigure[] {
  if (id === undefined) return [...FIGURES];
  const asked = id.toLowerCase();
  const found = FIGURES.filter((figure) => figure.id.toLowerCase() === asked || PARTS[figure.id]?.includes(asked));
  if (found.length > 0) return found;
  const near = nearest(id, [...PAPER_FIGURES]);
  throw invalidInput(
    `--figure: the paper's figures have no "${id}".`,
    near === null ? `They are ${PAPER_FIGURES.join(', ')}.` : `Did you mean "${near}"?`,
  );
}

async function findData(engine: Engine, world: World, folder: string, scale: PaperScale): Promise<FoundDataset[]> {
  world.progress.write(`Reading the data in ${folder} …\n`);
  return engine.call('paper.find', { folder, scale });
}

const PAPER_DATA: readonly { key: KnownDataset; title: string; instead: string }[] = [
  { key: 'diabetes', title: 'Diabetes', instead: 'Breast Cancer Wisconsin and generated sources stand in for it' },
  { key: 'enron', title: 'Enron', instead: 'nothing stands in for its word counts' },
  { key: 'mnist', title: 'MNIST', instead: 'the bundled handwritten digits stand in for it' },
  { key: 'cdr', title: 'CDR', instead: 'generated votes of labeling functions stand in for it' },
];

/** What was found, and for what was not: the bundled samples and generated data. */
async function gatherData(
  engine: Engine,
  found: readonly FoundDataset[],
): Promise<{ datasets: DatasetSummary[]; data: UsedData[]; missing: string[] }> {
  const all = await engine.call('datasets.list', {});
  const gathered: { dataset: DatasetSummary; from: string }[] = [];
  const has = (key: KnownDataset): boolean => found.some((one) => one.key === key);
  for (const { datasetId, from } of found) {
    const dataset = all.find(({ id }) => id === datasetId);
    if (dataset !== undefined) gathered.push({ dataset, from });
  }
  const bundled = (words: RegExp): void => {
    const dataset = all.find(({ sample, name }) => sample && words.test(name));
    if (dataset !== undefined) gathered.push({ dataset, from: 'bundled with Leverage' });
  };
  if (!has('diabetes')) bundled(/breast|cancer/i);
  if (!has('mnist')) bundled(/digit/i);
  for (const key of GENERATED_DATASETS) {
    if ((key === 'weak-labels' && has('cdr')) || (key === 'sources' && has('diabetes'))) continue;
    gathered.push({ dataset: await engine.call('paper.dataset', { key }), from: 'generated by Leverage' });
  }
  return {
    datasets: gathered.map(({ dataset }) => dataset),
    data: gathered.map(({ dataset: { name, trainRows, testRows, featureCount }, from }) => ({
      title: name,
      from,
      trainRows,
      testRows,
      featureCount,
    })),
    missing: PAPER_DATA.filter(({ key }) => !has(key)).map(
      ({ title, instead }) => `${title} was not given (--data): ${instead}.`,
    ),
  };
}

/** Runs every experiment once, whichever figures want it; studies that are done already are found in the store. */
async function runExperiments(
  engine: Engine,
  world: World,
  figures: readonly PaperFigure[],
  datasets: readonly DatasetSummary[],
  scale: PaperScale,
  device: string | undefined,
): Promise<{ byFigure: Map<PaperFigureId, string[]>; details: Map<string, StudyDetail> }> {
  // Sources are asked of the data that have them, and what was generated for its sources of nothing else.
  const hasSources = (dataset: DatasetSummary): boolean =>
    dataset.source.startsWith('generated by Leverage (sources') || knownDataset(dataset) === 'diabetes';
  const forFigure = (id: PaperFigureId): DatasetSummary[] =>
    datasets.filter((dataset) =>
      id === '4-right' ? hasSources(dataset) : !dataset.source.startsWith('generated by Leverage (sources'),
    );
  const wanted: { spec: StudySpec; figures: PaperFigureId[] }[] = [];
  for (const figure of figures) {
    for (const spec of figure.experiments(forFigure(figure.id), scale)) {
      const same = wanted.find((one) => isDeepStrictEqual(one.spec, spec));
      if (same === undefined) wanted.push({ spec, figures: [figure.id] });
      else same.figures.push(figure.id);
    }
  }
  const byFigure = new Map<PaperFigureId, string[]>();
  const details = new Map<string, StudyDetail>();
  /** By dataset: the study of the λ before. */
  const neighbours = new Map<string, string>();
  for (const [at, one] of wanted.entries()) {
    world.progress.write(`[${at + 1}/${wanted.length}] ${one.spec.name}\n`);
    const datasetId = 'id' in one.spec.dataset ? one.spec.dataset.id : '';
    const neighbour = one.figures.includes('C.2') ? neighbours.get(datasetId) : undefined;
    if (neighbour !== undefined && !isTrainable(one.spec.model)) one.spec.model.warmStart = neighbour;
    const detail =
      (await finished(engine, one.spec)) ??
      (await runToEnd(engine, world, { spec: one.spec, folder: world.folder, device }));
    const tags = one.figures.map(figureTag);
    if (tags.some((tag) => !detail.tags.includes(tag)))
      await engine.call('studies.annotate', { id: detail.id, tags: [...new Set([...detail.tags, ...tags])] });
    if (one.figures.includes('C.2')) neighbours.set(datasetId, detail.id);
    details.set(detail.id, detail);
    for (const id of one.figures) byFigure.set(id, [...(byFigure.get(id) ?? []), detail.id]);
  }
  return { byFigure, details };
}

/** The latest study of the store that asked the same and is done. */
async function finished(engine: Engine, spec: StudySpec): Promise<StudyDetail | null> {
  if (!('id' in spec.dataset)) return null;
  const { id } = spec.dataset;
  const candidates: StudySummary[] = (await engine.call('studies.list', {})).filter(
    ({ status, datasetId, name }) => status === 'done' && datasetId === id && name === spec.name,
  );
  for (const candidate of candidates) {
    const detail = await engine.call('studies.get', { id: candidate.id });
    if (isDeepStrictEqual(JSON.parse(JSON.stringify(detail.spec)), JSON.parse(JSON.stringify(spec)))) return detail;
  }
  return null;
}
