/** A device's row in the settings, in words. Pure. */
import type { DeviceReport } from '../../../shared/study.ts';

export interface DeviceState {
  text: string;
  tone: 'chosen' | 'available' | 'absent';
}

export function deviceState({ available, chosen }: Pick<DeviceReport, 'available' | 'chosen'>): DeviceState {
  if (!available) return { text: chosen ? 'Chosen, not available' : 'Not available', tone: 'absent' };
  return chosen ? { text: 'In use', tone: 'chosen' } : { text: 'Available', tone: 'available' };
}

/** The title without what the other columns say: "ONNX Runtime CPU · float32 · 2 threads, certified in float64" → "ONNX Runtime CPU · 2 threads". */
export function shortTitle({ title, precision }: Pick<DeviceReport, 'title' | 'precision'>): string {
  return title
    .replace(/, certified in float64$/, '')
    .split(' · ')
    .filter((part) => part !== precision)
    .join(' · ');
}

/** A reason as a sentence: a capital first, where the first word is one of ours. */
export function sentence(reason: string): string {
  return /^[a-z]+[ ,:;]/.test(reason) ? reason.charAt(0).toUpperCase() + reason.slice(1) : reason;
}
