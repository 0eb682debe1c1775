/**
 * How numbers are written for people: the same significant digits everywhere,
 * a true minus sign, thin spaces between thousands, "–" where undefined.
 */

const MINUS = '−';
const THIN_SPACE = '\u202f';
const NO_BREAK_SPACE = '\u00a0';
/** What stands where a value is undefined. */
export const UNDEFINED_MARK = '–';

/** Significant digits of a value in running text, tables and tooltips. */
export const SIGNIFICANT_DIGITS = 4;

/** Rounded to `digits` significant digits: 0.01234, −5.713, 1 234; scientific below 1e−4 and from 1e7. */
export function formatNumber(value: number, digits = SIGNIFICANT_DIGITS): string {
  if (!Number.isFinite(value)) return unusual(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e7) return formatScientific(value, digits);
  const rounded = Number(size.toPrecision(digits));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(rounded)));
  return sign(value) + group(rounded.toFixed(Math.min(decimals, 20)));
}

/** As `formatNumber`, always with a sign: effects read as changes. */
export function formatSigned(value: number, digits = SIGNIFICANT_DIGITS): string {
  return value > 0 ? `+${formatNumber(value, digits)}` : formatNumber(value, digits);
}

/** 2.15e−4: mantissa with `digits` significant digits, trailing zeros dropped. */
export function formatScientific(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return unusual(value);
  if (value === 0) return '0';
  const [mantissa = '', exponent = ''] = Math.abs(value)
    .toExponential(Math.max(0, digits - 1))
    .split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${sign(value)}${short}e${exponent.replace('+', '').replace('-', MINUS)}`;
}

/** Every digit of the double, for hover and copy. */
export function formatExact(value: number): string {
  if (!Number.isFinite(value)) return unusual(value);
  return String(value).replaceAll('-', MINUS);
}

/** Whole numbers with thin separators: 20 000. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return unusual(value);
  return sign(value) + group(String(Math.round(Math.abs(value))));
}

/** A count with its noun: "1 group", "1 700 groups". */
export function formatCountOf(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)} ${value === 1 ? singular : plural}`;
}

/** A share 0…1 in percent: 68.2 %. */
export function formatShare(share: number, decimals = 0): string {
  if (!Number.isFinite(share)) return unusual(share);
  return `${sign(share)}${(Math.abs(share) * 100).toFixed(decimals)}${THIN_SPACE}%`;
}

/** Text in which a line never ends between a number and its percent sign, "test" or "row" and its number. */
export function keepTogether(text: string): string {
  return text
    .replace(/(\d) %/g, `$1${THIN_SPACE}%`)
    .replace(/\b(rows?|test|class|cluster|seed|size) (?=\d)/gi, `$1${NO_BREAK_SPACE}`);
}

/** A correlation: three decimals, no leading zero (.995, −.310); never rounded up to perfection (> .999). */
export function formatCorrelation(value: number): string {
  if (!Number.isFinite(value)) return unusual(value);
  const size = Math.abs(value);
  if (size < 1 && size.toFixed(3) === '1.000') return value > 0 ? '> .999' : `< ${MINUS}.999`;
  return sign(value) + size.toFixed(3).replace(/^0/, '');
}

/** Seconds for people: 42 ms, 9.8 s, 2 min 05 s, 1 h 03 min. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return UNDEFINED_MARK;
  if (seconds === 0) return '0 s';
  if (seconds < 0.9995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${pad(minutes % 60)} min`;
}

/** Decimal bytes: 812 B, 1.2 MB, 3.4 GB. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return UNDEFINED_MARK;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (unit < units.length - 1 && Math.abs(value) >= 999.5) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Made once: making one takes a hundred times as long as using it. */
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** An ISO instant in the reader's own time: "22 Nov 2026, 08:23". */
export function formatInstant(iso: string | null): string {
  if (iso === null) return UNDEFINED_MARK;
  const instant = new Date(iso);
  if (Number.isNaN(instant.getTime())) return UNDEFINED_MARK;
  const day = DAY.format(instant);
  return `${day}, ${pad(instant.getHours())}:${pad(instant.getMinutes())}`;
}

function sign(value: number): string {
  return value < 0 ? MINUS : '';
}

/** Thin spaces between groups of three digits. */
function group(digits: string): string {
  const [whole = '', fraction] = digits.split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

function unusual(value: number): string {
  if (value === Infinity) return '∞';
  if (value === -Infinity) return `${MINUS}∞`;
  return UNDEFINED_MARK;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
