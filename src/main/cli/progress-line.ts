/** Progress on standard error: a bar drawn in place for a person, plain lines for a log. */
import { formatCount, formatDuration } from '../../shared/format.ts';
import { STAGE_TITLE } from '../../shared/study.ts';
import type { Stage, StudyProgress } from '../../shared/study.ts';
import type { TextSink } from './command.ts';

const BAR_CELLS = 24;
/** Logs get a line at each tenth of the groups. */
const LOG_STEPS = 10;
const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressLine {
  study(progress: StudyProgress): void;
  reading(file: string, share: number): void;
  /** A remark on a line of its own. */
  say(text: string): void;
  /** Takes the bar away. */
  finish(): void;
}

export function progressLine(sink: TextSink): ProgressLine {
  return sink.terminal ? drawnBar(sink) : loggedLines(sink);
}

function drawnBar(sink: TextSink): ProgressLine {
  let drawn = '';
  const draw = (text: string) => {
    // A line longer than the terminal would wrap, and could not be drawn over.
    const fitted = [...text].slice(0, Math.max(10, sink.columns() - 1)).join('');
    if (fitted === drawn) return;
    sink.write(CLEAR_LINE + fitted);
    drawn = fitted;
  };
  const finish = () => {
    if (drawn !== '') sink.write(CLEAR_LINE);
    drawn = '';
  };
  return {
    study: (progress) => {
      const { stage, groupsDone, groupsTotal, analysis } = progress;
      if (analysis !== undefined) {
        const { position, count, done, total } = analysis;
        const share = total === 0 ? 0 : done / total;
        draw(`${bar(share)} Analysis ${position + 1} of ${count} · ${formatCount(done)}/${formatCount(total)} models`);
        return;
      }
      if (groupsTotal === 0) return draw(`${STAGE_TITLE[stage]} …`);
      draw(`${bar(groupsDone / groupsTotal)} ${figures(progress)} · ${STAGE_TITLE[stage]}`);
    },
    reading: (file, share) => draw(`${bar(share)} Reading ${file}`),
    say: (text) => {
      finish();
      sink.write(`${text}\n`);
    },
    finish,
  };
}

function loggedLines(sink: TextSink): ProgressLine {
  let stage: Stage | null = null;
  let step = 0;
  const files = new Set<string>();
  const say = (text: string) => sink.write(`${text}\n`);
  return {
    study: (progress) => {
      if (progress.stage !== stage) {
        stage = progress.stage;
        say(`${STAGE_TITLE[stage]} …`);
      }
      const reached =
        progress.groupsTotal === 0 ? 0 : Math.floor((LOG_STEPS * progress.groupsDone) / progress.groupsTotal);
      if (reached > step) {
        step = reached;
        say(figures(progress));
      }
    },
    reading: (file) => {
      if (files.has(file)) return;
      files.add(file);
      say(`Reading ${file} …`);
    },
    say,
    finish: () => undefined,
  };
}

function bar(share: number): string {
  const full = Math.round(BAR_CELLS * Math.min(1, Math.max(0, share)));
  return `[${'█'.repeat(full)}${'·'.repeat(BAR_CELLS - full)}]`;
}

/** "64/170 groups · 38 % · 12.3 groups/s · 9 s left" */
function figures({ groupsDone, groupsTotal, rate, secondsLeft }: StudyProgress): string {
  return [
    `${formatCount(groupsDone)}/${formatCount(groupsTotal)} groups`,
    `${Math.floor((100 * groupsDone) / groupsTotal)} %`,
    ...(rate > 0 ? [`${rate >= 10 ? formatCount(rate) : rate.toFixed(1)} groups/s`] : []),
    ...(Number.isFinite(secondsLeft) && groupsDone < groupsTotal ? [`${formatDuration(secondsLeft)} left`] : []),
  ].join(' · ');
}
