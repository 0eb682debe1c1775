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
  /** Why it can not, or need not, be run here; null when it is to be run. */
  notRun: string | null;
  load(): LoadedStudy;
}

const WEIGHTED = 'weights .25 (1 + row % 7)';
const data = new Map<string, GoldenData>();

/** Reads each dataset once, whatever the number of studies of it. */
function once(name: string, load: () => GoldenData): () => GoldenData {
  return () => {
    const loaded = data.get(name) ?? load();
    data.set(name, loaded);
    return loaded;
  };
}

export function goldenStudies(): GoldenEntry[] {
  const bundled = (file: string, load: () => GoldenData, variants: string[]): GoldenEntry[] =>
    variants.map((variant) =>
      entry(
        `${file}, ${variant}`,
        null,
        once(file, load),
        () => readGolden<Record<string, GoldenStudy>>(file)[variant],
      ),
    );
  const shared = (file: string, parts: string[], load: (path: string) => GoldenData, slow = false): GoldenEntry => {
    const path = sharedFile(...parts);
    const notRun =
      path === null
        ? `../shared/data/${parts.join('/')} is not beside this project`
        : slow && process.env['LEVERAGE_SLOW'] === undefined
          ? 'takes minutes: set LEVERAGE_SLOW=1 to run it'
          : null;
    return entry(
      file,
      notRun,
      once(file, () => load(path ?? '')),
      () => readGolden<GoldenStudy>(file),
    );
  };
  return [
    ...bundled('breast-cancer', breastCancer, ['free bias', 'no intercept', WEIGHTED, 'small lambda']),
    ...bundled('digits', digits, ['free bias', 'no intercept', WEIGHTED]),
    shared('spambase', ['spambase', 'spambase.data'], spambase),
    shared('diabetes', ['diabetes', 'diabetes.npz'], diabetes),
    shared('leave-one-out', ['diabetes', 'diabetes.npz'], diabetes),
    shared('mnist-5500', ['mnist'], mnist5500, true),
  ];
}

function entry(name: string, notRun: string | null, load: () => GoldenData, golden: () => GoldenStudy): GoldenEntry {
  return {
    name,
    notRun,
    load() {
      const study = golden();
      const { design, columns } = load();
      return {
        golden: study,
        design: name.includes(WEIGHTED) ? withWeights(design, sevenfold(design)) : design,
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
