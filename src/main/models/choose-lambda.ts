/** λ as given, or by cross-validation. */
import { LeverageError } from '../../shared/errors.ts';
import type { L2Spec } from '../../shared/study-spec.ts';
import type { PlacedMatrix } from '../compute/device.ts';
import { accuracy } from './accuracy.ts';
import type { StoredFit } from './fitted-model.ts';
import type { Objective } from './objective.ts';
import { optimise, type Fitting } from './optimise.ts';

interface ChosenLambda {
  lambda: number;
  tried: StoredFit['summary']['crossValidation'];
}

/**
 * The paper's cross-validation: contiguous unshuffled folds, λ not rescaled to the smaller
 * training part, highest mean accuracy over the folds, smallest λ on ties (method §2).
 */
export async function chooseLambda(placed: PlacedMatrix, l2: L2Spec, fitting: Fitting): Promise<ChosenLambda> {
  const { design, logits, weights, control } = fitting;
  const n = placed.rows;
  if ('absolute' in l2) return { lambda: l2.absolute, tried: null };
  if ('relative' in l2) return { lambda: l2.relative * n, tried: null };
  const { folds, from, to, count } = l2.crossValidate;
  if (folds > n)
    throw new LeverageError(
      'invalidInput',
      `Cross-validation with ${folds} folds needs at least ${folds} training rows; there are ${n}.`,
    );
  const { y } = design.train;
  const tried: NonNullable<ChosenLambda['tried']> = [];
  // From the largest λ down, each fit started at the previous one's optimum for the same fold.
  const grid = Array.from({ length: count }, (_, i) => (count === 1 ? from : from * (to / from) ** (i / (count - 1))));
  const starts = new Map<number, Float64Array>();
  let done = 0;
  for (const relative of grid.toReversed()) {
    const objective: Objective = { placed, logits, lambda: relative * n };
    let sum = 0;
    for (let fold = 0; fold < folds; fold++) {
      const begin = Math.floor((fold * n) / folds);
      const end = Math.floor(((fold + 1) * n) / folds);
      const kept = weights.slice().fill(0, begin, end);
      const { theta } = await optimise(objective, kept, fitting, starts.get(fold));
      starts.set(fold, theta);
      const z = await placed.margins(theta);
      sum += accuracy(z, y, logits, begin, end);
      control.progress?.(++done, folds * count);
    }
    tried.unshift({ lambda: relative * n, relative, accuracy: sum / folds });
  }
  const best = tried.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return { lambda: best.lambda, tried };
}
