/** What differs between two studies: in what was asked and in where and how it was computed. Pure. */
import { formatNumber, formatScientific, formatShare, UNDEFINED_MARK } from '../../../shared/format.ts';
import type { StudyDetail } from '../../../shared/study.ts';

export interface Fact {
  /** "Data", "Model" …: facts of a section stand together. */
  section: string;
  name: string;
  first: string;
  second: string;
}

export interface FactComparison {
  differing: Fact[];
  /** Names of the facts that are the same in both, with their value. */
  same: Fact[];
}

/** Every fact that a study's numbers depend on, as people read it; in a fixed order. */
function factsOf(study: StudyDetail): Map<string, { section: string; value: string }> {
  const { spec, provenance, fit } = study;
  const facts = new Map<string, { section: string; value: string }>();
  const add = (section: string, name: string, value: string) => facts.set(name, { section, value });
  add('Data', 'Dataset', study.datasetName);
  add('Data', 'Data sha-256', provenance?.datasetFingerprint ?? UNDEFINED_MARK);
  for (const [key, value] of flattened('dataset' in spec ? spec.dataset : {})) {
    if (key !== 'id' && key !== 'sample') add('Data', `Dataset: ${words(key)}`, value);
  }
  add('Model', 'λ', fit === null ? UNDEFINED_MARK : formatNumber(fit.lambda));
  add('Model', 'λ/n', study.relativeL2 === null ? UNDEFINED_MARK : formatScientific(study.relativeL2));
  add('Model', 'λ chosen by', fit?.crossValidation == null ? 'the study' : 'cross-validation');
  add('Model', 'Intercept', spec.model.intercept ? 'free' : 'none');
  for (const [key, value] of flattened(spec.model)) {
    if (!/^(l2|intercept)/.test(key)) add('Model', `Model: ${words(key)}`, value);
  }
  add('Model', 'Test accuracy', study.testAccuracy === null ? UNDEFINED_MARK : formatShare(study.testAccuracy, 2));
  add('Groups', 'Each group is', spec.effect === 'add' ? 'counted once more' : 'removed');
  add('Groups', 'Number of groups', String(study.groupCount));
  add('Groups', 'Seed', provenance?.seed == null ? 'none' : String(provenance.seed));
  const sources = Array.isArray(spec.groups) ? spec.groups : [spec.groups];
  sources.forEach((source, k) => {
    const prefix = sources.length > 1 ? `Groups ${k + 1}` : 'Groups';
    for (const [key, value] of flattened(source)) if (key !== 'seed') add('Groups', `${prefix}: ${words(key)}`, value);
  });
  for (const [key, value] of flattened(spec.evaluate)) add('Measured', `Measured: ${words(key)}`, value);
  add('Measured', 'Estimators', study.estimators.join(', '));
  add('Computing', 'Tolerance', formatScientific(spec.tolerance));
  if (provenance !== null) {
    add('Computing', 'Device', provenance.device);
    add('Computing', 'Precision', provenance.precision);
    add('Computing', 'Threads', String(provenance.threads));
    add('Computing', 'Preconditioner', provenance.preconditioner);
    add('Computing', 'Leverage', provenance.appVersion);
    add('Computing', 'Node', provenance.nodeVersion);
    add('Computing', 'Platform', provenance.platform);
    for (const [library, version] of Object.entries(provenance.libraries)) add('Computing', library, version);
  }
  return facts;
}

/** Facts of both studies side by side; one that a study lacks reads "–". */
export function compareStudies(first: StudyDetail, second: StudyDetail): FactComparison {
  const [a, b] = [factsOf(first), factsOf(second)];
  const facts = [...new Set([...a.keys(), ...b.keys()])].map((name): Fact => {
    const [one, two] = [a.get(name), b.get(name)];
    return {
      section: (one ?? two)?.section ?? '',
      name,
      first: one?.value ?? UNDEFINED_MARK,
      second: two?.value ?? UNDEFINED_MARK,
    };
  });
  return {
    differing: facts.filter((fact) => fact.first !== fact.second),
    same: facts.filter((fact) => fact.first === fact.second),
  };
}

/** Leaves of a JSON value with their paths: `sizes.count` → 100; a list of plain values is one leaf. */
function flattened(value: unknown, path = ''): [string, string][] {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return [[path, value.length > 12 ? `${value.slice(0, 12).join(', ')} … (${value.length})` : value.join(', ')]];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, entry]) => flattened(entry, path === '' ? key : `${path}.${key}`));
  }
  return [[path, String(value)]];
}

/** "testPoints.highestLoss" → "test points, highest loss". */
function words(path: string): string {
  return path
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replaceAll('.', ', ');
}
