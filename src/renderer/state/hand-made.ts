/** Rows chosen in one view on their way into a new study: the form takes them as a group made by hand. */
import type { GroupSource } from '../../shared/study-spec.ts';

export interface HandMade {
  datasetId: string;
  label: string;
  rows: Int32Array;
}

/** Kept with the tab, so that the form is the same after a reload. */
const KEY = 'leverage.hand-made';

export const handMade = {
  offer({ datasetId, label, rows }: HandMade): void {
    sessionStorage.setItem(KEY, JSON.stringify({ datasetId, label, rows: [...rows] }));
  },

  /** The source of groups that the last offer makes for a study of this dataset; null when there is none. */
  source(datasetId: string): GroupSource | null {
    const kept = sessionStorage.getItem(KEY);
    if (kept === null) return null;
    const offered = JSON.parse(kept) as { datasetId: string; label: string; rows: number[] };
    if (offered.datasetId !== datasetId) return null;
    return { members: [{ id: 'what-if', label: offered.label, rows: offered.rows }] };
  },
};
