/** Details of studies for lists: fetched once each, again when the study has changed. */
import type { StudyDetail } from '../../shared/study.ts';
import { session } from './session.svelte.ts';

class StudyDetails {
  #byId = $state.raw<Record<string, StudyDetail>>({});
  #asked = new Map<string, number>();

  get(id: string): StudyDetail | null {
    return this.#byId[id] ?? null;
  }

  /** Fetches unless it has been fetched at this revision. A running study is left to its own view. */
  want(id: string, revision: number): void {
    if (this.#asked.get(id) === revision || session.study(id)?.status === 'running') return;
    this.#asked.set(id, revision);
    session.call('studies.get', { id }).then(
      (detail) => (this.#byId = { ...this.#byId, [id]: detail }),
      // A study deleted meanwhile is no failure of the list; its row goes with the next refresh.
      () => this.#asked.delete(id),
    );
  }
}

export const details = new StudyDetails();
