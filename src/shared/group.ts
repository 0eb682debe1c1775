import type { GroupOrigin } from './quantities.ts';

export type GroupParameters = Record<string, string | number | boolean | null>;

/** A set of training rows whose removal is studied. */
export interface Group {
  /** Unique within its study. */
  id: string;
  origin: GroupOrigin;
  label: string;
  /** 0-based training rows, ascending, without repeats. */
  members: Int32Array;
  /** How it was made: size asked for, feature, centre, cluster, test point, phase … */
  parameters: GroupParameters;
}
