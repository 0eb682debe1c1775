/** The place as reactive state, kept in step with the URL's hash. */
import { formatPlace, parsePlace, withOptions, type Place, type View } from './hash.ts';

class Route {
  place = $state.raw<Place>(parsePlace(location.hash));

  constructor() {
    window.addEventListener('hashchange', () => {
      this.place = parsePlace(location.hash);
    });
  }

  /** Opens a view; a new entry in the browser's history. */
  open(view: View, id: string | null = null, options: Record<string, string> = {}): void {
    this.place = { view, id, options };
    location.hash = formatPlace(this.place);
  }

  /** Opens a view in the place of the one that is open: going back does not return to it. */
  replace(view: View, id: string | null): void {
    this.place = { view, id, options: {} };
    history.replaceState(null, '', formatPlace(this.place));
  }

  /** Changes choices inside the view, without a new entry in the history. */
  choose(changes: Record<string, string | undefined>): void {
    this.place = withOptions(this.place, changes);
    history.replaceState(null, '', formatPlace(this.place));
  }
}

export const route = new Route();
