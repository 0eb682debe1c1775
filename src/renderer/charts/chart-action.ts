/** A Svelte action that owns one ECharts instance: made, drawn, resized and disposed here and nowhere else. */
import { init, type ECharts, type EChartsCoreOption } from './echarts.ts';
import { paintQueue } from './paint-queue.ts';

export interface ChartParameters {
  option: EChartsCoreOption;
  /** After every change of size, at the latest when the chart is first drawn. */
  onsize?: (width: number, height: number) => void;
  /** A point under the pointer, or null when it left. `at`: in the window. */
  onpoint?: (point: { series: string; index: number; at: { x: number; y: number } } | null) => void;
  onpick?: (series: string, index: number) => void;
}

export function chart(node: HTMLElement, parameters: ChartParameters) {
  let instance: ECharts | null = null;
  let current = parameters;
  let size = { width: 0, height: 0 };
  let drawn: EChartsCoreOption | null = null;

  /** In its turn: making and laying out many charts at once would hold up the window. */
  const draw = () =>
    paintQueue().paint(node, () => {
      if (size.width === 0 || size.height === 0) return true;
      if (instance !== null && (instance.getWidth() !== size.width || instance.getHeight() !== size.height))
        instance.resize({ ...size, silent: true });
      if (drawn === current.option) return true;
      drawn = current.option;
      if (instance === null) {
        instance = init(node, null, { renderer: 'canvas', ...size });
        instance.on('click', ({ seriesId, dataIndex }) => current.onpick?.(seriesId ?? '', dataIndex));
        instance.on('mouseover', ({ seriesId, dataIndex, event }) => {
          const bounds = node.getBoundingClientRect();
          const at = { x: bounds.left + (event?.offsetX ?? 0), y: bounds.top + (event?.offsetY ?? 0) };
          current.onpoint?.({ series: seriesId ?? '', index: dataIndex, at });
        });
        instance.on('mouseout', () => current.onpoint?.(null));
      }
      instance.setOption(current.option, { notMerge: true, lazyUpdate: false, silent: true });
      return true;
    });
  const observer = new ResizeObserver(() => {
    const { clientWidth: width, clientHeight: height } = node;
    if (width === 0 || height === 0 || (width === size.width && height === size.height)) return;
    size = { width, height };
    draw();
    current.onsize?.(width, height);
  });
  observer.observe(node);

  return {
    update(next: ChartParameters) {
      const changed = next.option !== current.option;
      current = next;
      if (changed) draw();
    },
    destroy() {
      observer.disconnect();
      paintQueue().forget(node);
      instance?.dispose();
    },
  };
}
