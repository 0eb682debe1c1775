/** Reading study.json: syntax, fields, and that the files it names are there. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { invalidInput } from '../../shared/errors.ts';
import { parseStudySpec } from '../../shared/study-spec.ts';
import type { DatasetSpec, GroupSource, StudySpec } from '../../shared/study-spec.ts';
import { jsonFault } from './json-position.ts';

export interface StudyFile {
  path: string;
  /** Names in it are relative to this. */
  folder: string;
  spec: StudySpec;
}

/** Throws 'invalidInput' naming the file and the line or field. */
export function readStudyFile(path: string): StudyFile {
  const value = parseJson(readText(path), path);
  if (typeof value === 'object' && value !== null && 'folder' in value) {
    throw invalidInput(`${path}: field "folder": is not a known field.`, 'Names in a study file are relative to it.');
  }
  const spec = parseStudySpec(value, path);
  const folder = dirname(resolve(path));
  for (const { field, name } of namedFiles(spec)) {
    const file = resolve(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile()) continue;
    throw invalidInput(
      `${path}: field "${field}": ${found === undefined ? `there is no file "${file}"` : `"${file}" is not a file`}.`,
      'Names are relative to the study file.',
    );
  }
  return { path, folder, spec };
}

/** The same study for the engine, which must not depend on where it is read from: group files by their full path. */
export function withAbsoluteGroupFiles(spec: StudySpec, folder: string): StudySpec {
  const absolute = (source: GroupSource): GroupSource =>
    'file' in source ? { ...source, file: resolve(folder, source.file) } : source;
  const sources = Array.isArray(spec.groups) ? spec.groups : [spec.groups];
  if (!sources.some((source) => 'file' in source)) return spec;
  return { ...spec, folder, groups: Array.isArray(spec.groups) ? spec.groups.map(absolute) : absolute(spec.groups) };
}

/** Full paths of the group files of a study for the engine. */
export function groupFiles({ groups }: StudySpec): string[] {
  return (Array.isArray(groups) ? groups : [groups]).flatMap((source) => ('file' in source ? [source.file] : []));
}

function namedFiles({ dataset, groups }: StudySpec): { field: string; name: string }[] {
  const sources = Array.isArray(groups)
    ? groups.map((source, k) => ({ source, field: `groups.${k}.file` }))
    : [{ source: groups, field: 'groups.file' }];
  return [
    ...datasetFiles(dataset),
    ...sources.flatMap(({ source, field }) => ('file' in source ? [{ field, name: source.file }] : [])),
  ];
}

function datasetFiles(dataset: DatasetSpec): { field: string; name: string }[] {
  if ('id' in dataset || 'sample' in dataset) return [];
  if ('file' in dataset) return [{ field: 'dataset.file', name: dataset.file }];
  return (['train', 'test'] as const).flatMap((split) => {
    const named = dataset[split];
    if (typeof named === 'string') return [{ field: `dataset.${split}`, name: named }];
    if (named === undefined || !('images' in named)) return [];
    return [
      { field: `dataset.${split}.images`, name: named.images },
      { field: `dataset.${split}.labels`, name: named.labels },
    ];
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\ufeff/, '');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : `it can not be read (${String(code ?? cause)})`;
    throw invalidInput(`${path}: ${why}.`, 'Name a study file, such as "study.json".');
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const fault = jsonFault(text);
    if (fault === null) throw cause;
    throw invalidInput(
      `${path}: line ${fault.line}, column ${fault.column}: this is not JSON: ${fault.reason}.`,
      'Correct that line and run again.',
    );
  }
}
