/** The two bundled samples: how they are introduced, recognised in the library and studied with one click. Pure. */
import type { DatasetSummary } from '../../shared/dataset.ts';
import type { StudySpecInput } from '../../shared/study-spec.ts';

export interface Sample {
  key: 'breast-cancer' | 'digits';
  title: string;
  about: string;
  studyName: string;
  /** Sizes per constructor: fewer for the ten-class sample, whose retraining costs more. */
  sizes: number;
  matches: (dataset: DatasetSummary) => boolean;
}

export const SAMPLES: readonly Sample[] = [
  {
    key: 'breast-cancer',
    title: 'Breast Cancer Wisconsin',
    about: 'Cell nuclei measured on 569 biopsies: benign or malignant. Two classes, a minute to understand.',
    studyName: 'Breast cancer',
    sizes: 100,
    matches: (dataset) => dataset.sample && /breast|cancer/i.test(`${dataset.name} ${dataset.source}`),
  },
  {
    key: 'digits',
    title: 'Handwritten Digits',
    about: '1\u202f797 small images of the digits 0 to 9. Ten classes: the members of a group can be looked at.',
    studyName: 'Digits',
    sizes: 20,
    matches: (dataset) => dataset.sample && /digit/i.test(`${dataset.name} ${dataset.source}`),
  },
];

export function sampleStudy(sample: Sample): StudySpecInput {
  return {
    name: sample.studyName,
    dataset: { sample: sample.key, standardise: true },
    groups: { sizes: { count: sample.sizes }, seed: 0 },
  };
}
