/** Where the window is, as the URL's hash keeps it: `#/compare/<study>?q=loss&t=12&axes=free`. Pure. */

export const VIEWS = [
  'library',
  'browse',
  'study',
  'compare',
  'what-if',
  'analyses',
  'attribution',
  'history',
  'paper',
  'settings',
] as const;
export type View = (typeof VIEWS)[number];

/** As the views are called in the window. */
export const VIEW_TITLE: Readonly<Record<View, string>> = {
  library: 'Library',
  browse: 'Browse',
  study: 'Study',
  compare: 'Compare',
  'what-if': 'What-if',
  analyses: 'Analyses',
  attribution: 'Attribution',
  history: 'History',
  paper: 'Paper',
  settings: 'Settings',
};

export interface Place {
  view: View;
  /** The dataset (library, browse, attribution), figure (paper) or study (other views) that is open, or null. */
  id: string | null;
  /** Choices inside the view; only what differs from the default is kept. */
  options: Record<string, string>;
}

export const HOME: Place = { view: 'library', id: null, options: {} };

/** Reads a hash; anything unknown leads to the library rather than to an error. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const [view = '', id = ''] = path.split('/').filter((part) => part !== '');
  if (!isView(view)) return HOME;
  const options: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(query)) options[key] = value;
  return { view, id: id === '' ? null : decodePart(id), options };
}

/** Whether the id of the place is that of a dataset. */
export function showsDataset({ view }: Pick<Place, 'view'>): boolean {
  return view === 'library' || view === 'browse' || view === 'attribution';
}

/** Whether it is that of a study. */
export function showsStudy({ view }: Pick<Place, 'view'>): boolean {
  return view === 'study' || view === 'compare' || view === 'what-if' || view === 'analyses' || view === 'history';
}

export function formatPlace(place: Place): string {
  const path = place.id === null ? place.view : `${place.view}/${encodeURIComponent(place.id)}`;
  const query = new URLSearchParams(place.options).toString();
  return `#/${path}${query === '' ? '' : `?${query}`}`;
}

/** `place` with some options set; undefined or '' removes one. */
export function withOptions(place: Place, changes: Record<string, string | undefined>): Place {
  const options = { ...place.options };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined || value === '') delete options[key];
    else options[key] = value;
  }
  return { ...place, options };
}

function isView(text: string): text is View {
  return (VIEWS as readonly string[]).includes(text);
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
