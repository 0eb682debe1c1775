/**
 * Marks stamped into pixels. A scatter of 1,700 groups in fourteen panels, or of 100,000 single points, is redrawn
 * while a person drags: chart libraries keep an object per mark, which takes them hundreds of milliseconds. Here a
 * mark is a small picture (stamp) blended into the panel's pixels: about a microsecond each. Pure: no canvas.
 */

/** A square picture, RGBA not premultiplied, its mark in the middle. */
export interface Stamp {
  side: number;
  pixels: Uint8ClampedArray;
}

export interface Raster {
  width: number;
  height: number;
  pixels: Uint8ClampedArray;
}

export interface StampedMarks {
  /** Centres, in the raster's pixels divided by `ratio`. */
  x: Float32Array;
  y: Float32Array;
  /** Index into `stamps` per mark. */
  kind: Uint16Array;
  stamps: readonly Stamp[];
  /** Raster pixels per unit of x and y. */
  ratio: number;
}

/** Blends the marks `from` … `to − 1`, later ones over earlier ones; `chosen` leaves out those it refuses. */
export function stampMarks(
  raster: Raster,
  marks: StampedMarks,
  from: number,
  to: number,
  chosen: ((mark: number) => boolean) | null = null,
): void {
  const { x, y, kind, stamps, ratio } = marks;
  const end = Math.min(to, x.length);
  for (let mark = from; mark < end; mark++) {
    if (chosen !== null && !chosen(mark)) continue;
    const stamp = stamps[kind[mark]!];
    if (stamp !== undefined) blend(raster, stamp, x[mark]! * ratio, y[mark]! * ratio);
  }
}

/** Source over destination, in integers; both not premultiplied. */
function blend({ width, height, pixels }: Raster, stamp: Stamp, centreX: number, centreY: number): void {
  const left = Math.round(centreX - stamp.side / 2);
  const top = Math.round(centreY - stamp.side / 2);
  const firstRow = Math.max(0, -top);
  const lastRow = Math.min(stamp.side, height - top);
  const firstColumn = Math.max(0, -left);
  const lastColumn = Math.min(stamp.side, width - left);
  for (let row = firstRow; row < lastRow; row++) {
    let source = 4 * (row * stamp.side + firstColumn);
    let target = 4 * ((top + row) * width + left + firstColumn);
    for (let column = firstColumn; column < lastColumn; column++, source += 4, target += 4) {
      const alpha = stamp.pixels[source + 3]!;
      if (alpha === 0) continue;
      const under = pixels[target + 3]!;
      if (alpha === 255 || under === 0) {
        pixels[target] = stamp.pixels[source]!;
        pixels[target + 1] = stamp.pixels[source + 1]!;
        pixels[target + 2] = stamp.pixels[source + 2]!;
        pixels[target + 3] = alpha;
        continue;
      }
      const kept = (under * (255 - alpha)) / 255;
      const total = alpha + kept;
      for (let c = 0; c < 3; c++) {
        pixels[target + c] = (stamp.pixels[source + c]! * alpha + pixels[target + c]! * kept) / total;
      }
      pixels[target + 3] = total;
    }
  }
}
