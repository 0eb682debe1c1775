/** Light or dark: follows the system until the person says otherwise; remembered. */

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'leverage.theme';
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');

class Theme {
  choice = $state<ThemeChoice>(remembered());
  #systemDark = $state(prefersDark.matches);
  dark = $derived(this.choice === 'system' ? this.#systemDark : this.choice === 'dark');

  constructor() {
    prefersDark.addEventListener('change', (event) => {
      this.#systemDark = event.matches;
    });
    this.#apply();
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    try {
      localStorage.setItem(KEY, choice);
    } catch {
      // Storage can be switched off; the choice then lasts as long as the window.
    }
    this.#apply();
  }

  /** The other of light and dark. */
  toggle(): void {
    this.choose(this.dark ? 'light' : 'dark');
  }

  #apply(): void {
    if (this.choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.choice;
  }
}

function remembered(): ThemeChoice {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

export const theme = new Theme();
