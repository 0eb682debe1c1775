/**
 * The page headers of a Parquet column, checked before the library believes them: a damaged length would have
 * it reserve gigabytes or count to 2³¹.
 */
import type { FileMetaData } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';

export interface ColumnRange {
  start: number;
  end: number;
  rows: number;
  /** Of all pages together, decompressed. */
  bytes: number;
}

/** Where each column of each row group lies, by its first byte. */
export function columnRanges(metadata: FileMetaData): Map<number, ColumnRange> {
  const ranges = new Map<number, ColumnRange>();
  for (const group of metadata.row_groups) {
    for (const { meta_data } of group.columns) {
      if (meta_data === undefined) continue;
      const start = Number(meta_data.dictionary_page_offset ?? meta_data.data_page_offset);
      const end = start + Number(meta_data.total_compressed_size);
      ranges.set(start, { start, end, rows: Number(group.num_rows), bytes: Number(meta_data.total_uncompressed_size) });
    }
  }
  return ranges;
}

/** @throws Error when a page claims more than its column has */
export function checkPages(bytes: ArrayBuffer, { start, end, rows, bytes: most }: ColumnRange): void {
  const reader = { view: new DataView(bytes, 0, Math.min(bytes.byteLength, end - start)), offset: 0 };
  let values = 0;
  // As the library: one byte may be left over.
  while (values < rows && reader.offset < reader.view.byteLength - 1) {
    const header = parquetHeader(reader);
    const size = Number(header.uncompressed_page_size);
    const next = reader.offset + Number(header.compressed_page_size);
    const dictionary = header.dictionary_page_header?.num_values;
    const page = header.data_page_header ?? header.data_page_header_v2;
    const count = page?.num_values ?? 0;
    const levels = header.data_page_header_v2?.definition_levels_byte_length ?? 0;
    const sound =
      next > reader.offset - 1 &&
      next <= reader.view.byteLength &&
      size >= 0 &&
      size <= most &&
      count >= 0 &&
      count <= rows - values &&
      levels >= 0 &&
      levels <= size &&
      (header.data_page_header_v2?.num_nulls ?? 0) >= 0 &&
      (header.data_page_header_v2?.num_nulls ?? 0) <= count &&
      (header.data_page_header_v2?.num_rows ?? count) === count &&
      (dictionary === undefined || (dictionary >= 0 && dictionary <= size));
    if (!sound) throw new Error('a page is longer than its column');
    if (levels > 0) checkLevels(new Uint8Array(bytes, reader.offset, Math.min(levels, next - reader.offset)), count);
    values += count;
    reader.offset = next;
  }
}

/** Runs of definition levels (one bit each: flat columns) add up to the values of their page. */
function checkLevels(bytes: Uint8Array, count: number): void {
  let at = 0;
  let seen = 0;
  while (seen < count && at < bytes.length) {
    let header = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      header += (byte % 128) * factor;
      if (byte < 128) break;
    }
    const packed = header % 2 === 1;
    const run = packed ? 8 * Math.floor(header / 2) : header / 2;
    at += packed ? run / 8 : 1;
    seen += run;
    if (seen > count + 7) throw new Error('a page has more levels than values');
  }
}
