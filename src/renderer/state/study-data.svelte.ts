/** One open study: its detail, groups and effects, fetched again while it runs, not more often than useful. */
import type { EffectsTable, GroupSummary, StudyDetail } from '../../shared/study.ts';
import { notices } from './notices.svelte.ts';
import { session } from './session.svelte.ts';

/** While results arrive, the charts are drawn again at most this often. */
const LIVE_INTERVAL_MS = 1500;

export class StudyData {
  readonly id: string;
  detail = $state.raw<StudyDetail | null>(null);
  groups = $state.raw<GroupSummary[]>([]);
  effects = $state.raw<EffectsTable | null>(null);
  missing = $state(false);
  #fetching = false;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(id: string) {
    this.id = id;
    void this.#fetch();
  }

  /** Call when something changed; several calls in a row lead to one fetch. */
  changed(): void {
    if (this.#closed || this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#fetch();
    }, LIVE_INTERVAL_MS);
  }

  /** Call when the study came to another state: what is shown must not lag behind it. */
  refresh(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#closed) void this.#fetch();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #fetch(): Promise<void> {
    if (this.#fetching) {
      this.#again = true;
      return;
    }
    this.#fetching = true;
    try {
      const [detail, groups, effects] = await Promise.all([
        session.call('studies.get', { id: this.id }),
        session.call('studies.groups', { id: this.id }),
        session.call('studies.effects', { id: this.id }),
      ]);
      if (this.#closed) return;
      this.detail = detail;
      this.groups = groups;
      this.effects = effects;
    } catch (thrown) {
      if (this.#closed) return;
      this.missing = this.detail === null;
      if (!this.missing) notices.failure(thrown);
    } finally {
      this.#fetching = false;
      if (this.#again && !this.#closed) {
        this.#again = false;
        void this.#fetch();
      }
    }
  }
}
