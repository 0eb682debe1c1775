/** The one table of commands: the palette lists it, the shortcuts come from it. */
import { cancelStudy, downloadBundle, resumeStudy, runStudy } from './actions.ts';
import { deviceSettings } from './device-settings.svelte.ts';
import { showsDataset, showsStudy, type View } from './hash.ts';
import { edits } from './edit-history.svelte.ts';
import { route } from './route.svelte.ts';
import { SAMPLES, sampleStudy } from './samples.ts';
import { session } from './session.svelte.ts';
import { theme } from './theme.svelte.ts';

export interface Command {
  id: string;
  title: string;
  section: 'Edit' | 'Go to' | 'Run' | 'This study' | 'Window' | 'Open a study';
  /** As shown: "Ctrl 1". */
  keys: string | null;
  run: () => void;
}

/** Everything that can be done now, in the order of the palette. */
export function commands(chooseFiles: () => void): Command[] {
  const list: Command[] = [
    ...editCommands(),
    go('library', 'Library', '1'),
    go('browse', 'Browse the rows of a dataset', '2'),
    go('study', 'New study', '3'),
    go('compare', 'Compare', '4'),
    go('what-if', 'What-if: any rows removed', '5'),
    go('analyses', 'Analyses of a study', '6'),
    go('attribution', 'Attribution: helpful, harmful and suspect training rows', '9'),
    go('history', 'History', '7'),
    go('paper', 'Paper: its figures, reproduced', '8'),
    {
      id: 'go-settings',
      title: 'Settings: where studies are computed',
      section: 'Go to',
      keys: 'Ctrl ,',
      run: () => openView('settings'),
    },
    { id: 'import', title: 'Import files…', section: 'Run', keys: 'Ctrl O', run: chooseFiles },
    ...SAMPLES.map((sample): Command => ({
      id: `sample-${sample.key}`,
      title: `Run the sample study: ${sample.title}`,
      section: 'Run',
      keys: null,
      run: () => void runStudy(sampleStudy(sample)),
    })),
  ];
  list.push({
    id: 'measure-devices',
    title: 'Measure the devices again',
    section: 'Run',
    keys: null,
    run: () => {
      route.open('settings');
      void deviceSettings.measureAgain();
    },
  });
  const { running } = session;
  if (running !== null) {
    list.push({
      id: 'cancel',
      title: `Cancel “${running.name}”`,
      section: 'Run',
      keys: null,
      run: () => void cancelStudy(running.id),
    });
  }
  const open = showsStudy(route.place) && route.place.id !== null ? session.study(route.place.id) : null;
  if (open !== null) {
    const add = (id: string, title: string, run: () => void) =>
      list.push({ id, title, section: 'This study', keys: null, run });
    add('compare-this', `Compare the effects of “${open.name}”`, () => route.open('compare', open.id));
    if (open.testAccuracy !== null)
      add('what-if-this', `What if rows of “${open.name}” had not been there?`, () => route.open('what-if', open.id));
    add('attribution-this', `Attribution of “${open.name}”`, () =>
      route.open('attribution', open.datasetId, { study: open.id }),
    );
    add('analyses-this', `Analyses of “${open.name}”`, () => route.open('analyses', open.id));
    add('duplicate', 'Duplicate and edit', () => route.open('study', null, { from: open.id }));
    add('bundle', 'Download the result bundle', () => void downloadBundle(open.id));
    if (open.status === 'cancelled' || open.status === 'interrupted')
      add('resume', 'Resume', () => void resumeStudy(open.id));
  }
  list.push({
    id: 'theme',
    title: theme.dark ? 'Light colours' : 'Dark colours',
    section: 'Window',
    keys: null,
    run: () => theme.toggle(),
  });
  list.push({
    id: 'theme-system',
    title: 'Colours of the system',
    section: 'Window',
    keys: null,
    run: () => theme.choose('system'),
  });
  for (const study of session.studies ?? []) {
    list.push({
      id: `open-${study.id}`,
      title: study.name,
      section: 'Open a study',
      keys: null,
      run: () => route.open('compare', study.id),
    });
  }
  return list;
}

function editCommands(): Command[] {
  const list: Command[] = [];
  const { current } = edits;
  const add = (id: string, title: string, keys: string, run: () => void) =>
    list.push({ id, title, section: 'Edit', keys, run });
  if (current?.canUndo === true) add('undo', 'Undo the last change', 'Ctrl Z', () => current.undo());
  if (current?.canRedo === true) add('redo', 'Redo what was undone', 'Ctrl Shift Z', () => current.redo());
  return list;
}

/** The dataset that is open, or that of the open study, or the latest import. */
function datasetAtHand(): string | null {
  const { id } = route.place;
  const open = id === null ? null : showsDataset(route.place) ? id : (session.study(id)?.datasetId ?? null);
  return open ?? session.datasets?.find(({ sample }) => !sample)?.id ?? session.datasets?.[0]?.id ?? null;
}

function go(view: View, title: string, digit: string): Command {
  return { id: `go-${view}`, title, section: 'Go to', keys: `Ctrl ${digit}`, run: () => openView(view) };
}

/** Opens a view on the study that is open already, or on the latest one. */
export function openView(view: View): void {
  if (view === 'browse') {
    route.open('browse', datasetAtHand());
    return;
  }
  if (view === 'attribution') {
    const study = showsStudy(route.place) && route.place.id !== null ? session.study(route.place.id) : null;
    route.open('attribution', datasetAtHand(), study?.status === 'done' ? { study: study.id } : {});
    return;
  }
  const current = showsStudy(route.place) ? route.place.id : null;
  if (view === 'compare' || view === 'analyses')
    route.open(view, current ?? session.running?.id ?? session.studies?.[0]?.id ?? null);
  else if (view === 'what-if') {
    const fitted = session.studies?.find(({ testAccuracy }) => testAccuracy !== null);
    route.open('what-if', current ?? fitted?.id ?? null);
  } else route.open(view, view === 'history' ? current : null);
}

/** Commands whose title or section contains every word of `query`, in order of the table. */
export function matching(list: readonly Command[], query: string): Command[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return list.filter((command) => {
    const text = `${command.section} ${command.title}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The command of a key press, or null. */
export function commandOfKey(list: readonly Command[], event: KeyboardEvent): Command | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const keys = `Ctrl ${event.shiftKey ? 'Shift ' : ''}${event.key.toUpperCase()}`;
  return list.find((command) => command.keys === keys) ?? null;
}
