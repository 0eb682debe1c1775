/** A computing device as people read it. Pure. */
import type { DeviceReport } from '../../shared/study.ts';

/** Title and precision, the precision only once: titles of devices often carry it. */
export function deviceWords({ title, precision }: Pick<DeviceReport, 'title' | 'precision'>): string {
  return title.includes(precision) ? title : `${title} · ${precision}`;
}
