/** The estimators as rungs of a ladder: what each costs a group, how far it is from the actual effect, and which one will do. */
import { ESTIMATORS, QUANTITIES, type Estimator, type Quantity } from './quantities.ts';
import type { Agreement } from './study.ts';

export interface Rung {
  estimator: Estimator;
  /** Seconds of one computing thread per group, were it the only estimator asked for; NaN when not measured. */
  seconds: number;
  /** |estimate − actual| / |actual|: the median and the 90th percentile of the groups, on the target where it is worst. */
  medianError: number;
  error90: number;
}

export interface Ladder {
  quantity: Quantity;
  targets: number;
  /** Cheapest first; the actual effect, with errors of 0, among them. */
  rungs: Rung[];
}

export type EstimatorSeconds = Partial<Record<Estimator, number>>;

/** One ladder per quantity that was compared with actual effects, over all groups. */
export function estimatorLadders(agreements: readonly Agreement[], seconds: EstimatorSeconds): Ladder[] {
  return QUANTITIES.flatMap((quantity): Ladder[] => {
    const found = agreements.filter((one) => one.quantity === quantity && one.groups === 'all' && one.count > 0);
    const rungs = ESTIMATORS.flatMap((estimator): Rung[] => {
      const cost = seconds[estimator] ?? NaN;
      if (estimator === 'actual') return [{ estimator, seconds: cost, medianError: 0, error90: 0 }];
      const own = found.filter((one) => one.estimator === estimator && one.error90 !== undefined);
      if (own.length === 0) return [];
      const worst = (pick: (one: Agreement) => number | undefined) => Math.max(...own.map((one) => pick(one) ?? NaN));
      return [
        {
          estimator,
          seconds: cost,
          medianError: worst((one) => one.medianError),
          error90: worst((one) => one.error90),
        },
      ];
    });
    if (rungs.length < 2) return [];
    const rank = (rung: Rung): number => (Number.isNaN(rung.seconds) ? Infinity : rung.seconds);
    return [
      {
        quantity,
        targets: new Set(found.map(({ target }) => target)).size,
        rungs: rungs.sort((a, b) => rank(a) - rank(b)),
      },
    ];
  });
}

/** The cheapest rung within `share` of the actual effect for nine groups in ten; the actual effect always is. */
export function cheapestWithin({ rungs }: Ladder, share: number): Rung | null {
  return rungs.find((rung) => rung.error90 <= share) ?? null;
}
