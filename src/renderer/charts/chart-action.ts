/** A Svelte action that owns one ECharts instance: made, drawn, resized and disposed here and nowhere else. */
import { init, type ECharts, type EChartsCoreOption } from './echarts.ts';

export interface ChartParameters {
  option: EChartsCoreOption;
  /** After every drawing and every change of size: pixel positions may have moved. */
  onlayout?: (chart: ECharts) => void;
}

export function chart(node: HTMLElement, parameters: ChartParameters) {
  const instance = init(node, null, { renderer: 'canvas' });
  let current = parameters;

  const draw = () => {
    instance.setOption(current.option, { notMerge: true, lazyUpdate: false, silent: true });
    current.onlayout?.(instance);
  };
  const observer = new ResizeObserver(() => {
    if (node.clientWidth === 0 || node.clientHeight === 0) return;
    instance.resize({ silent: true });
    current.onlayout?.(instance);
  });
  draw();
  observer.observe(node);

  return {
    update(next: ChartParameters) {
      const changed = next.option !== current.option;
      current = next;
      if (changed) draw();
    },
    destroy() {
      observer.disconnect();
      instance.dispose();
    },
  };
}
