/** Every estimator by its name in study.json. */
import type { Estimator } from '../../shared/quantities.ts';
import { actual } from './actual.ts';
import type { EffectEstimator } from './estimator.ts';
import { influence } from './influence.ts';
import { influenceOnParameters } from './influence-on-parameters.ts';
import { newton } from './newton.ts';
import { newton2, newton3 } from './newton-iterates.ts';
import { newtonLinear } from './newton-linear.ts';
import { rescaledInfluence } from './rescaled-influence.ts';
import { secondOrder } from './second-order.ts';

export const EFFECT_ESTIMATORS: Readonly<Record<Estimator, EffectEstimator>> = {
  influence,
  newton,
  actual,
  influenceOnParameters,
  newtonLinear,
  secondOrder,
  rescaledInfluence,
  newton2,
  newton3,
};
