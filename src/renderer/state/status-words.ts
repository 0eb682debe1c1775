/** The states of a study in words, with what each means for the person. */
import type { StudyStatus } from '../../shared/study.ts';

export const STATUS_WORDS: Record<
  StudyStatus,
  { title: string; about: string; tone: 'good' | 'live' | 'wait' | 'bad' }
> = {
  draft: { title: 'Draft', about: 'Not started yet.', tone: 'wait' },
  queued: { title: 'Waiting', about: 'Starts when the running study is done.', tone: 'wait' },
  running: {
    title: 'Running',
    about: 'Results arrive as groups are retrained; you can leave this view.',
    tone: 'live',
  },
  cancelled: { title: 'Cancelled', about: 'Finished groups are kept; resume continues with the rest.', tone: 'wait' },
  interrupted: {
    title: 'Interrupted',
    about: 'The engine stopped in mid-run; finished groups are kept and it can resume.',
    tone: 'wait',
  },
  failed: { title: 'Failed', about: 'Finished groups are kept.', tone: 'bad' },
  done: { title: 'Done', about: 'Every group is retrained and certified.', tone: 'good' },
};
