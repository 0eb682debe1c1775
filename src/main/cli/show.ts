import { formatCount, formatInstant } from '../../shared/format.ts';
import type { StudyDetail } from '../../shared/study.ts';
import { EXIT, JSON_OPTION, STORE_OPTION, withEngine } from './command.ts';
import type { Command } from './command.ts';
import { findStudy } from './find-study.ts';
import { analysesOf } from './ladder-text.ts';
import { resultLines, resultRecord } from './result-text.ts';
import { oneLine } from './text-table.ts';

export const showCommand: Command = {
  name: 'show',
  summary: 'what a study found, and where it came from',
  arguments: { name: 'ID', least: 1, most: 1 },
  options: [STORE_OPTION, JSON_OPTION],
  run: (given, world) =>
    withEngine(world, { store: given.text('store'), reading: true }, async (engine) => {
      const { id } = await findStudy(engine, given.arguments[0]);
      const detail = await engine.call('studies.get', { id });
      const analyses = await analysesOf(engine, detail);
      for (const line of [...headLines(detail), ...resultLines(detail), ...analyses, '', ...provenanceLines(detail)])
        world.print(line);
      if (given.flag('json')) world.print(JSON.stringify(resultRecord(detail, null)));
      return EXIT.done;
    }),
};

function headLines(detail: StudyDetail): string[] {
  const { id, status, groupsDone, groupCount, createdAt, failure } = detail;
  return [
    `Study ${id} · ${status} · ${formatCount(groupsDone)}/${formatCount(groupCount)} groups · made ${formatInstant(createdAt)}`,
    ...(failure === null ? [] : [oneLine(`${failure.message} ${failure.hint}`)]),
  ];
}

function provenanceLines({ provenance }: StudyDetail): string[] {
  if (provenance === null) return ['Not computed yet.'];
  const libraries = Object.entries(provenance.libraries).map(([name, version]) => `${name} ${version}`);
  return [
    `Dataset sha-256 ${provenance.datasetFingerprint}`,
    `Leverage ${provenance.appVersion} · Node ${provenance.nodeVersion} · ${provenance.platform} · ${libraries.join(' · ')}`,
    `${provenance.device} · ${provenance.precision} · tolerance ${provenance.tolerance} · seed ${provenance.seed ?? '–'}`,
  ];
}
