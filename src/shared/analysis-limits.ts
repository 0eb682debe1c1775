/** Limits of the analyses, apart from their schema: the window shows them and brings no validator along. */

/** Beyond this many a matrix of pairs is neither read nor computed in reasonable time. */
export const MOST_PAIRED_GROUPS = 60;
/** Up to here Shapley values are exact: every coalition is retrained. */
export const MOST_EXACT_PLAYERS = 12;
