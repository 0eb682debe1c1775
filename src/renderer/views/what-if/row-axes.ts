/** Which columns a What-if's scatter can show, as the URL keeps them. Pure. */
import type { Evaluation } from '../../../shared/quantities.ts';
import type { RowColumn, WhatIfModel } from '../../../shared/what-if.ts';

/** "loss", "component1", "influence" (on what is chosen above), "feature:12". */
export type AxisKey = string;

/** A list of features longer than this is no list to choose from. */
export const MOST_FEATURES_LISTED = 600;

export interface AxisChoice {
  key: AxisKey;
  label: string;
}

export function axisChoices(model: WhatIfModel): { title: string; choices: AxisChoice[] }[] {
  const found = [
    {
      title: 'The chosen measurement',
      choices: [{ key: 'influence', label: 'Influence on it' }],
    },
    {
      title: 'What the model says of the row',
      choices: [
        { key: 'loss', label: 'Loss' },
        { key: 'margin', label: 'Margin' },
        ...(model.leverage
          ? [
              { key: 'leverage', label: 'Leverage' },
              { key: 'selfInfluence', label: 'Self-influence' },
            ]
          : []),
      ],
    },
    {
      title: 'Position',
      choices: [
        { key: 'component1', label: '1st principal component' },
        { key: 'component2', label: '2nd principal component' },
      ],
    },
    {
      title: 'Features',
      choices: model.featureNames
        .slice(0, MOST_FEATURES_LISTED)
        .map((name, feature) => ({ key: `feature:${feature}`, label: name })),
    },
  ];
  return found.filter(({ choices }) => choices.length > 0);
}

/** The column of a key; of one that this model does not have, the fallback's. */
export function columnOf(
  key: AxisKey | undefined,
  model: WhatIfModel,
  chosen: Evaluation,
  fallback: AxisKey,
): RowColumn {
  const wanted = key ?? fallback;
  const feature = /^feature:(\d+)$/.exec(wanted);
  if (feature !== null) {
    const index = Number(feature[1]);
    if (index < model.featureNames.length) return { kind: 'feature', feature: index };
    return columnOf(fallback, model, chosen, 'loss');
  }
  switch (wanted) {
    case 'loss':
    case 'margin':
    case 'component1':
    case 'component2':
      return { kind: wanted };
    case 'leverage':
    case 'selfInfluence':
      if (model.leverage) return { kind: wanted };
      return { kind: 'loss' };
    case 'influence':
      if (chosen.quantity !== 'selfLoss') return { kind: 'influence', ...chosen };
      return model.leverage ? { kind: 'selfInfluence' } : { kind: 'loss' };
    default:
      return fallback === wanted ? { kind: 'loss' } : columnOf(fallback, model, chosen, 'loss');
  }
}

export function keyOf(column: RowColumn): AxisKey {
  return column.kind === 'feature' ? `feature:${column.feature}` : column.kind;
}
