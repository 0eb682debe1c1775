/** Where a tooltip goes: near its mark, over as few other marks as possible, and never over the same group elsewhere. Pure. */

export interface Spot {
  x: number;
  y: number;
}

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What a panel knows about itself, in the window's pixels. */
export interface PanelSight {
  /** Where a group's mark is, or null when it is not drawn here. */
  spotOf: (group: number) => Spot | null;
  /** How many marks lie inside a box. */
  marksIn: (box: Box) => number;
}

/** From the mark to the tooltip. */
const GAP = 18;
/** Around the ring of a hovered mark. */
const RING = 14;
const RIM = 8;
/** One ring hidden is worse than any number of marks. */
const RING_COST = 1e6;

/** The free corner of a tooltip of `width` × `height` for the mark at `at`; `rings` are the same group's marks elsewhere. */
export function placeTooltip(
  at: Spot,
  size: { width: number; height: number },
  rings: readonly Spot[],
  marksIn: (box: Box) => number,
  window: { width: number; height: number },
): { left: number; top: number } {
  const { width, height } = size;
  const sides = [at.x + GAP, at.x - GAP - width];
  const candidates = [
    ...sides.map((left) => ({ left, top: at.y + GAP })),
    ...sides.map((left) => ({ left, top: at.y - GAP - height })),
    ...sides.map((left) => ({ left, top: at.y - height / 2 })),
    { left: at.x - width / 2, top: at.y + GAP },
    { left: at.x - width / 2, top: at.y - GAP - height },
  ];
  let best = { left: RIM, top: RIM };
  let bestCost = Infinity;
  for (const candidate of candidates) {
    const box = {
      left: clamp(candidate.left, RIM, window.width - width - RIM),
      top: clamp(candidate.top, RIM, window.height - height - RIM),
      width,
      height,
    };
    const hidden = [at, ...rings].filter((ring) => covers(box, ring, RING)).length;
    const cost = hidden * RING_COST + marksIn(box);
    if (cost < bestCost) {
      best = { left: box.left, top: box.top };
      bestCost = cost;
    }
  }
  return best;
}

export function covers(box: Box, { x, y }: Spot, margin = 0): boolean {
  return (
    x > box.left - margin &&
    x < box.left + box.width + margin &&
    y > box.top - margin &&
    y < box.top + box.height + margin
  );
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
