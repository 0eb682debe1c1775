/** The tokens of design/tokens.css as a canvas understands them, and the marks of the group families. */
import { ESTIMATORS, type Estimator, type GroupOrigin } from '../../shared/quantities.ts';

export interface ChartTheme {
  grid: string;
  zero: string;
  diagonal: string;
  cone: string;
  label: string;
  ink: string;
  mark: string;
  surface: string;
  accent: string;
  fontText: string;
  group: (origin: GroupOrigin) => string;
  estimator: (estimator: Estimator) => string;
  /** Of the class with this index: ten colours, repeating. */
  classOf: (label: number) => string;
}

/** The mark of each family in a 10 × 10 box: told apart by shape as well as by colour. */
export const GROUP_PATH: Record<GroupOrigin, string> = {
  random: 'M5,0.4A4.6,4.6,0,1,1,5,9.6A4.6,4.6,0,1,1,5,0.4Z',
  randomWithinClass: 'M5,0L9.4,5L5,10L0.6,5Z',
  sharedFeature: 'M3,0H7V3H10V7H7V10H3V7H0V3H3Z',
  featureClusters: 'M0.8,0.8H9.2V9.2H0.8Z',
  gradientClusters: 'M2,0L5,3L8,0L10,2L7,5L10,8L8,10L5,7L2,10L0,8L3,5L0,2Z',
  positiveInfluence: 'M5,0.5L10,9.2H0Z',
  negativeInfluence: 'M0,0.8H10L5,9.5Z',
  leaveOneOut: 'M5,0.8A4.2,4.2,0,1,1,5,9.2A4.2,4.2,0,1,1,5,0.8Z',
  natural: 'M2.5,0.5H7.5L10,5L7.5,9.5H2.5L0,5Z',
  file: 'M5,0L10,3.8L8.1,9.7H1.9L0,3.8Z',
  manual: 'M5,0L9.4,5L5,10L0.6,5Z',
};

/**
 * Reads the tokens as they stand now (light, dark or forced colours). Colours are
 * resolved through an element because a canvas knows neither variables nor light-dark().
 */
export function readChartTheme(): ChartTheme {
  const probe = document.createElement('span');
  // Forced colours would make one ink of all families; their tokens are chosen for that mode themselves.
  probe.style.forcedColorAdjust = 'none';
  document.body.append(probe);
  const colour = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const resolved = {
    grid: colour('--chart-grid'),
    zero: colour('--chart-zero'),
    diagonal: colour('--chart-diagonal'),
    cone: colour('--chart-cone'),
    label: colour('--chart-label'),
    ink: colour('--ink'),
    mark: colour('--chart-mark'),
    surface: colour('--surface'),
    accent: colour('--accent'),
    fontText: getComputedStyle(document.body).fontFamily,
  };
  const families = new Map<GroupOrigin, string>();
  for (const origin of Object.keys(GROUP_PATH) as GroupOrigin[]) families.set(origin, colour(`--group-${origin}`));
  const estimators = new Map(ESTIMATORS.map((estimator) => [estimator, colour(`--estimator-${estimator}`)]));
  const classes = Array.from({ length: 10 }, (_, k) => colour(`--class-${k}`));
  probe.remove();
  return {
    ...resolved,
    group: (origin) => families.get(origin) ?? resolved.ink,
    estimator: (estimator) => estimators.get(estimator) ?? resolved.ink,
    classOf: (label) => classes[label % classes.length] ?? resolved.ink,
  };
}
