/** A converged fit: everything downstream is computed around it and never changes it. */
import type { Design } from '../../shared/dataset.ts';
import type { FitSummary } from '../../shared/study.ts';

/** What is kept of a fit: enough to rebuild a FittedModel bit for bit without refitting. */
export interface StoredFit {
  summary: FitSummary;
  /** L×p, the intercept last; L = 1 for two classes (the logit of the second), else K. */
  coefficients: Float64Array;
  logits: number;
  classes: string[];
  featureNames: string[];
}

export interface FittedModel extends StoredFit {
  design: Design;
  /** p: features plus the intercept if there is one. */
  parametersPerLogit: number;
  /** L×n logits at θ̂ of the training rows. */
  trainLogits: Float64Array;
  /** L×n_test likewise. */
  testLogits: Float64Array;
  /** ℓᵢ(θ̂) per training row, unweighted. */
  trainLoss: Float64Array;
  testLoss: Float64Array;
}
