/** The one table of commands: the palette lists it, the shortcuts come from it. */
import { cancelStudy, downloadBundle, resumeStudy, runStudy } from './actions.ts';
import { deviceSettings } from './device-settings.svelte.ts';
import { showsDataset, showsStudy, type View } from './hash.ts';
import { edits } from './edit-history.svelte.ts';
import { help } from './help.svelte.ts';
import { route } from './route.svelte.ts';
import { SAMPLES, sampleStudy } from './samples.ts';
import { session } from './session.svelte.ts';
import { theme } from './theme.svelte.ts';
import { textOf, TOPIC_IDS, topicOf, topicOfPlace } from '../views/help/topics.ts';

export interface Command {
  id: string;
  title: string;
  section: 'Edit' | 'Go to' | 'Run' | 'This study' | 'Window' | 'Open a study' | 'Help';
  /** As shown: "Ctrl 1". */
  keys: string | null;
  /** Words that find it, besides those of its title. */
  about?: string;
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
    go('attribution', 'Attribution: helpful, harmful and suspect training rows', '7'),
    go('history', 'History', '8'),
    go('paper', 'Paper: its figures, reproduced', '9'),
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
  list.push(...helpCommands());
  return list;
}

/** Last, so that what can be done comes before what can be read. */
function helpCommands(): Command[] {
  return [
    {
      id: 'help',
      title: 'Help on what is open',
      section: 'Help',
      keys: 'F1',
      run: () => help.toggle(topicOfPlace(route.place)),
    },
    {
      id: 'help-contents',
      title: 'All topics of the help',
      section: 'Help',
      keys: null,
      run: () => help.open('contents'),
    },
    ...TOPIC_IDS.map((id): Command => ({
      id: `help-topic-${id}`,
      title: topicOf(id).title,
      section: 'Help',
      keys: null,
      about: textOf(id),
      run: () => help.open(id),
    })),
  ];
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

/** Commands that contain every word of `query`: in title and section first, then in what else finds them; in order of the table. */
export function matching(list: readonly Command[], query: string): Command[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const has = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const named = list.filter(({ section, title }) => has(`${section} ${title}`));
  return [
    ...named,
    ...list.filter((command) => !named.includes(command) && has(`${command.title} ${command.about ?? ''}`)),
  ];
}

/** The command of a key press, or null. */
export function commandOfKey(list: readonly Command[], event: KeyboardEvent): Command | null {
  if (event.altKey) return null;
  if (!(event.ctrlKey || event.metaKey))
    return event.key === 'F1' && !event.shiftKey ? (list.find(({ keys }) => keys === 'F1') ?? null) : null;
  // Of the two customs for redoing, the table names one.
  const letter = event.key.toUpperCase();
  const keys = letter === 'Y' ? 'Ctrl Shift Z' : `Ctrl ${event.shiftKey ? 'Shift ' : ''}${letter}`;
  return list.find((command) => command.keys === keys) ?? null;
}
