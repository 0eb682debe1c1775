/**
 * Labeling functions as groups (Koh et al. 2019, section 5; Ratner et al. 2017): each vote on a candidate becomes a
 * training row of its own with that label, weighted by 1 over the number of votes on the candidate. A function's rows
 * are then its group, and two functions that vote on one candidate overlap in that candidate.
 */

export interface ExpandedVotes {
  /** Row of the vote matrix that each training row comes from. */
  candidate: Int32Array;
  /** Column of the vote matrix: the function that voted. */
  voter: Int32Array;
  /** The vote. */
  label: Int32Array;
  /** 1 / votes on the candidate: the weights of a candidate add up to 1. */
  weight: Float64Array;
}

/**
 * @param votes candidates × functions, row-major; `abstain` where a function says nothing
 * @returns one row per vote, by candidate and then function; a candidate without votes has none
 */
export function expandVotes(votes: ArrayLike<number>, functions: number, abstain = -1): ExpandedVotes {
  const candidate: number[] = [];
  const voter: number[] = [];
  const label: number[] = [];
  const weight: number[] = [];
  for (let start = 0; start < votes.length; start += functions) {
    let count = 0;
    for (let f = 0; f < functions; f++) if (votes[start + f] !== abstain) count++;
    for (let f = 0; f < functions; f++) {
      if (votes[start + f] === abstain) continue;
      candidate.push(start / functions);
      voter.push(f);
      label.push(votes[start + f]);
      weight.push(1 / count);
    }
  }
  return {
    candidate: Int32Array.from(candidate),
    voter: Int32Array.from(voter),
    label: Int32Array.from(label),
    weight: Float64Array.from(weight),
  };
}
