/** How much a person may write beside a study. Apart from the contract, whose schemas a window need not load. */
export const MOST_TAGS = 20;
export const MOST_TAG_LETTERS = 40;
export const MOST_NOTE_LETTERS = 10_000;
