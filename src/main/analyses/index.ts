/** Every analysis by its kind in study.json. */
import type { AnalysisResult } from '../../shared/analyses.ts';
import type { AnalysisSpec } from '../../shared/analysis-spec.ts';
import type { AnalysisInput } from './analysis.ts';
import { doseResponse } from './dose-response.ts';
import { largestGroup } from './largest-group.ts';
import { pairs } from './pairs.ts';
import { shapley } from './shapley.ts';

export type { AnalysisInput } from './analysis.ts';

export function computeAnalysis(input: AnalysisInput, spec: AnalysisSpec): Promise<AnalysisResult> {
  switch (spec.kind) {
    case 'doseResponse':
      return doseResponse(input, spec);
    case 'pairs':
      return pairs(input, spec);
    case 'shapley':
      return shapley(input, spec);
    case 'largestGroup':
      return largestGroup(input, spec);
  }
}
