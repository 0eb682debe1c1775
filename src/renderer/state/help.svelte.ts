/** Which help topic is open beside the view, and how it was come to. */
import type { TopicId } from '../views/help/topics.ts';

/** A topic, or the list of all of them. */
export type HelpPage = TopicId | 'contents';

class Help {
  page = $state<HelpPage | null>(null);
  /** Pages to go back to, the latest last. */
  #trail = $state.raw<readonly HelpPage[]>([]);
  #opener: Element | null = null;

  get canGoBack(): boolean {
    return this.#trail.length > 0;
  }

  open(page: HelpPage): void {
    if (this.page === page) return;
    if (this.page === null) this.#opener = document.activeElement;
    else this.#trail = [...this.#trail, this.page];
    this.page = page;
  }

  back(): void {
    this.page = this.#trail.at(-1) ?? this.page;
    this.#trail = this.#trail.slice(0, -1);
  }

  /** The keyboard returns to where it was when the help was opened. */
  close(): void {
    this.page = null;
    this.#trail = [];
    if (this.#opener instanceof HTMLElement && this.#opener.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  /** What F1 does: opens `page`, or closes what is open. */
  toggle(page: HelpPage): void {
    if (this.page === null) this.open(page);
    else this.close();
  }
}

export const help = new Help();
