/** Every golden study with the design it belongs to, in one list for `it.for`. */
import type { Design } from '../../src/shared/dataset.ts';
import { designOf, withWeights } from './designs.ts';
import {
  breastCancer,
  diabetes,
  digits,
  mnist5500,
  readGolden,
  sharedFile,
  spambase,
  type EdgeCase,
  type GoldenData,
  type GoldenStudy,
} from './golden-files.ts';
import { rowsOf } from './golden-rows.ts';

export interface LoadedStudy {
  golden: GoldenStudy;
  design: Design;
  groups: Int32Array[];
}

export interface GoldenEntry {
  name: string;
  /** Why `load` gives null. */
  absent: string;
  load(): LoadedStudy | null;
}

const WEIGHTED = 'weights .25 (1 + row % 7)';
const data = new Map<string, GoldenData | null>();

function once(name: string, load: () => GoldenData | null): () => GoldenData | null {
  return () => {
    if (!data.has(name)) data.set(name, load());
    return data.get(name) ?? null;
  };
}

function fromShared(parts: string[], load: (path: string) => GoldenData): () => GoldenData | null {
  const path = sharedFile(...parts);
  return once(parts[0], () => (path === null ? null : load(path)));
}

export function goldenStudies(): GoldenEntry[] {
  const bundled = (file: string, load: () => GoldenData | null, variants: string[]): GoldenEntry[] =>
    variants.map((variant) =>
      entry(`${file}, ${variant}`, load, () => readGolden<Record<string, GoldenStudy>>(file)[variant]),
    );
  const shared = (file: string, load: () => GoldenData | null): GoldenEntry =>
    entry(file, load, () => readGolden<GoldenStudy>(file));
  return [
    ...bundled('breast-cancer', once('breast-cancer', breastCancer), [
      'free bias',
      'no intercept',
      WEIGHTED,
      'small lambda',
    ]),
    ...bundled('digits', once('digits', digits), ['free bias', 'no intercept', WEIGHTED]),
    shared('spambase', fromShared(['spambase', 'spambase.data'], spambase)),
    shared('diabetes', fromShared(['diabetes', 'diabetes.npz'], diabetes)),
    shared('mnist-5500', fromShared(['mnist'], mnist5500)),
  ];
}

function entry(name: string, load: () => GoldenData | null, golden: () => GoldenStudy): GoldenEntry {
  return {
    name,
    absent: `the data of ${name} is not beside this project (../shared/data)`,
    load() {
      const loaded = load();
      if (loaded === null) return null;
      const study = golden();
      const { design, columns } = loaded;
      const weighted = name.includes(WEIGHTED);
      return {
        golden: study,
        design: weighted ? withWeights(design, sevenfold(design)) : design,
        groups: study.groups.map((spec) => rowsOf(spec, design.train.y, columns)),
      };
    },
  };
}

function sevenfold(design: Design): Float64Array {
  return Float64Array.from(design.train.y, (_, i) => 0.25 * (1 + (i % 7)));
}

export function edgeDesign(edge: EdgeCase): Design {
  return designOf(
    {
      X: Float64Array.from(edge.X),
      y: Int32Array.from(edge.y),
      weights: edge.weights && Float64Array.from(edge.weights),
    },
    { X: Float64Array.from(edge.testX), y: Int32Array.from(edge.testY) },
    edge.classes,
  );
}
