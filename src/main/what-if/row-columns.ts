/** Numbers per training row that a What-if draws and sorts by; each is computed when first asked for, then kept. */
import { rowInfluence } from '../estimators/influence-directions.ts';
import type { ModelOnDevice } from '../models/model-on-device.ts';
import { invalidInput } from '../../shared/errors.ts';
import type { RowColumn } from '../../shared/what-if.ts';
import { principalComponents } from './principal-components.ts';
import { rowLeverage, type RowLeverage } from './row-leverage.ts';

export interface RowColumns {
  /** n. @throws LeverageError 'invalidInput' for a column that this model does not have */
  of(column: RowColumn): Promise<Float64Array>;
}

export interface RowColumnsInput {
  model: ModelOnDevice;
  componentsScaled: boolean;
  /** q: H_λ⁻¹∇f of an evaluation. */
  direction(quantity: string, target: string): Promise<Float64Array>;
  checkCancelled(): void;
}

/** Influences kept besides the columns that there are few of. */
const MOST_KEPT = 24;

export function rowColumns({ model, componentsScaled, direction, checkCancelled }: RowColumnsInput): RowColumns {
  const { fitted, objective, matrices } = model;
  const n = objective.placed.rows;
  let leverage: Promise<RowLeverage | null> | null = null;
  let components: Promise<[Float64Array, Float64Array]> | null = null;
  const kept = new Map<string, Promise<Float64Array>>();

  async function leverages(): Promise<RowLeverage> {
    const found = await (leverage ??= rowLeverage(model, checkCancelled));
    if (found !== null) return found;
    throw invalidInput(
      `whatif.points: leverage and self-influence are not at hand for a model of ${fitted.coefficients.length} parameters.`,
      'Draw loss, margin, influence, features or principal components.',
    );
  }

  async function compute(column: RowColumn): Promise<Float64Array> {
    switch (column.kind) {
      case 'loss':
        return fitted.trainLoss;
      case 'margin':
        return marginsOf(fitted.trainLogits, fitted.design.train.y, fitted.logits);
      case 'class':
        return Float64Array.from(fitted.design.train.y);
      case 'leverage':
        return (await leverages()).leverage;
      case 'selfInfluence':
        return (await leverages()).selfInfluence;
      case 'component1':
      case 'component2': {
        const [first, second] = await (components ??= principalComponents(
          objective.placed,
          componentsScaled,
          checkCancelled,
        ));
        return column.kind === 'component1' ? first : second;
      }
      case 'feature': {
        const { feature } = column;
        if (feature >= fitted.featureNames.length) {
          throw invalidInput(
            `whatif.points: there is no feature ${feature}.`,
            `The model has ${fitted.featureNames.length} features, numbered from 0.`,
          );
        }
        return featureOf(matrices.train, feature);
      }
      case 'influence':
        if (column.quantity === 'selfLoss') return (await leverages()).selfInfluence;
        return rowInfluence(model, await direction(column.quantity, column.target));
    }
  }

  function featureOf(X: typeof matrices.train, feature: number): Float64Array {
    if (X.kind === 'dense') return Float64Array.from({ length: n }, (_, i) => X.data[i * X.columns + feature]);
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      for (let e = X.indptr[i]; e < X.indptr[i + 1]; e++) if (X.indices[e] === feature) out[i] = X.values[e];
    }
    return out;
  }

  return {
    of(column) {
      const key = JSON.stringify(column);
      const known = kept.get(key);
      if (known !== undefined) return known;
      const computing = compute(column);
      kept.set(key, computing);
      computing.catch(() => kept.delete(key));
      const oldest = kept.keys().next().value;
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
      return computing;
    },
  };
}

/** The logit of the row's own class above the highest other one; of two classes y·z. */
function marginsOf(z: Float64Array, y: Int32Array, logits: number): Float64Array {
  const n = y.length;
  return Float64Array.from(y, (label, i) => {
    if (logits === 1) return label === 1 ? z[i] : -z[i];
    let other = -Infinity;
    for (let k = 0; k < logits; k++) if (k !== label) other = Math.max(other, z[k * n + i]);
    return z[label * n + i] - other;
  });
}
