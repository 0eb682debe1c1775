/**
 * A picture as a list of shapes: what SVG and PNG exports are made of, with the same words and places as the
 * panel on screen. Pure: no DOM, no canvas.
 */
export type Shape =
  | {
      kind: 'text';
      x: number;
      y: number;
      text: string;
      size: number;
      bold?: boolean;
      fill: string;
      anchor: 'start' | 'middle' | 'end';
      /** Read from below to above. */
      upright?: boolean;
    }
  | { kind: 'line'; x0: number; y0: number; x1: number; y1: number; stroke: string; width: number }
  | { kind: 'polyline'; points: readonly (readonly [number, number])[]; stroke: string; width: number }
  /** A filled outline. */
  | { kind: 'area'; points: readonly (readonly [number, number])[]; fill: string }
  /** A mark of a family: `path` in a 10 × 10 box, drawn `size` wide around x, y. */
  | {
      kind: 'mark';
      path: string;
      x: number;
      y: number;
      size: number;
      fill: string;
      opacity: number;
      outline: string | null;
    };

export interface Figure {
  width: number;
  height: number;
  background: string;
  font: string;
  /** For whoever can not see it. */
  description: string;
  shapes: Shape[];
}

/** A standalone SVG 1.1 document. */
export function figureSvg(figure: Figure): string {
  const { width, height } = figure;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` role="img" font-family="${escaped(figure.font)}">\n`,
    `<title>${escaped(figure.description)}</title>\n`,
    `<rect width="${width}" height="${height}" fill="${figure.background}"/>\n`,
    ...figure.shapes.map((shape) => `${svgOf(shape)}\n`),
    '</svg>\n',
  ].join('');
}

function svgOf(shape: Shape): string {
  if (shape.kind === 'line') {
    const { x0, y0, x1, y1 } = shape;
    return `<line x1="${n(x0)}" y1="${n(y0)}" x2="${n(x1)}" y2="${n(y1)}" stroke="${shape.stroke}" stroke-width="${shape.width}"/>`;
  }
  if (shape.kind === 'polyline') {
    const points = shape.points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${shape.stroke}" stroke-width="${shape.width}"/>`;
  }
  if (shape.kind === 'area') {
    const points = shape.points.map(([x, y]) => `${n(x)},${n(y)}`).join(' ');
    return `<polygon points="${points}" fill="${shape.fill}"/>`;
  }
  if (shape.kind === 'mark') {
    const scale = shape.size / 10;
    const outline =
      shape.outline === null ? '' : ` stroke="${shape.outline}" stroke-width="${n(0.5 / scale)}" paint-order="fill"`;
    const at = `translate(${n(shape.x - 5 * scale)} ${n(shape.y - 5 * scale)}) scale(${n(scale)})`;
    return `<path d="${shape.path}" transform="${at}" fill="${shape.fill}" opacity="${shape.opacity}"${outline}/>`;
  }
  const turned = shape.upright === true ? ` transform="rotate(-90 ${n(shape.x)} ${n(shape.y)})"` : '';
  const weight = shape.bold === true ? ' font-weight="600"' : '';
  return `<text x="${n(shape.x)}" y="${n(shape.y)}" font-size="${shape.size}"${weight} fill="${shape.fill}" text-anchor="${shape.anchor}"${turned}>${escaped(shape.text)}</text>`;
}

/** Two decimals are a fiftieth of a pixel. */
function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Draws it on a canvas, `scale` pixels to the unit. */
export function paintFigure(context: CanvasRenderingContext2D, figure: Figure, scale: number): void {
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = figure.background;
  context.fillRect(0, 0, figure.width, figure.height);
  for (const shape of figure.shapes) {
    context.save();
    if (shape.kind === 'text') {
      context.font = `${shape.bold === true ? '600 ' : ''}${shape.size}px ${figure.font}`;
      context.fillStyle = shape.fill;
      context.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor;
      context.translate(shape.x, shape.y);
      if (shape.upright === true) context.rotate(-Math.PI / 2);
      context.fillText(shape.text, 0, 0);
    } else if (shape.kind === 'mark') {
      const size = shape.size / 10;
      context.globalAlpha = shape.opacity;
      context.translate(shape.x - 5 * size, shape.y - 5 * size);
      context.scale(size, size);
      const path = new Path2D(shape.path);
      context.fillStyle = shape.fill;
      context.fill(path);
      if (shape.outline !== null) {
        context.strokeStyle = shape.outline;
        context.lineWidth = 0.5 / size;
        context.stroke(path);
      }
    } else if (shape.kind === 'area') {
      context.fillStyle = shape.fill;
      context.beginPath();
      shape.points.forEach(([x, y], index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      context.fill();
    } else {
      context.strokeStyle = shape.stroke;
      context.lineWidth = shape.width;
      context.beginPath();
      const points =
        shape.kind === 'line'
          ? [
              [shape.x0, shape.y0],
              [shape.x1, shape.y1],
            ]
          : shape.points;
      points.forEach(([x = 0, y = 0], index) => (index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      context.stroke();
    }
    context.restore();
  }
}
