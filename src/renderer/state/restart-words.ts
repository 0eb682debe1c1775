/** What a restart of the engine means for the person, from the reason the host gives. Pure. */

export interface RestartWords {
  tone: 'good' | 'bad';
  message: string;
  hint: string;
  /** The engine was given up: there is nothing to fetch from. */
  final: boolean;
}

/** `running` is the study that was computing when it happened, or null. */
export function restartWords(reason: string, running: string | null): RestartWords {
  // The loopback connection was lost and found again: the engine itself went on.
  if (/^The connection/.test(reason)) return { tone: 'good', message: reason, hint: '', final: false };
  if (/given up/.test(reason)) {
    return {
      tone: 'bad',
      message: `The engine keeps stopping and was given up (${reason.replace(/ and was given up/, '')}).`,
      hint: 'Start Leverage again. What was stored is kept.',
      final: true,
    };
  }
  return {
    tone: 'bad',
    message: `The engine stopped (${reason}) and was started again.`,
    hint:
      running === null
        ? 'Nothing was running; what was stored is kept.'
        : `Finished groups of “${running}” are kept: resume it to compute the rest.`,
    final: false,
  };
}
