/** Messages over the window: failures stay until closed, confirmations go by themselves. */
import { toFailure } from '../../shared/errors.ts';

export interface Notice {
  key: number;
  tone: 'bad' | 'good';
  message: string;
  hint: string;
  /** One thing that can be done about it, e.g. Undo. */
  action: { label: string; run: () => void } | null;
}

const CONFIRMATION_MS = 8000;

class Notices {
  list = $state.raw<Notice[]>([]);
  #next = 0;

  /** Shows any thrown thing. A cancellation is not a failure to report. */
  failure(thrown: unknown): void {
    const failure = toFailure(thrown);
    if (failure.kind === 'cancelled') return;
    if (this.list.some((notice) => notice.message === failure.message)) return;
    this.#add({ tone: 'bad', message: failure.message, hint: failure.hint, action: null });
  }

  confirm(message: string, action: Notice['action'] = null): void {
    const key = this.#add({ tone: 'good', message, hint: '', action });
    setTimeout(() => this.close(key), CONFIRMATION_MS);
  }

  close(key: number): void {
    this.list = this.list.filter((notice) => notice.key !== key);
  }

  #add(notice: Omit<Notice, 'key'>): number {
    const key = this.#next++;
    this.list = [...this.list, { key, ...notice }];
    return key;
  }
}

export const notices = new Notices();
