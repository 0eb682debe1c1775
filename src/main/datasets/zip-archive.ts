/**
 * Zip archives, as far as NPZ files use them: stored or deflated entries, zip64 sizes.
 * Written here because the NPZ reader must find entries without reading the file
 * through, check sizes before allocating, and inflate only the start of an entry to
 * see its header. Inflating and CRC are Node's zlib. (APPNOTE.TXT 6.3.10, sections 4.3–4.5)
 */
import { constants, crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import { promisify } from 'node:util';
import { invalidInput } from '../../shared/errors.ts';
import type { LeverageError } from '../../shared/errors.ts';
import { DEFLATE_MAX_RATIO } from './source-file.ts';
import type { RandomAccess } from './source-file.ts';

export interface ZipEntry {
  name: string;
  method: number;
  crc: number;
  compressedBytes: number;
  bytes: number;
  headerOffset: number;
}

const inflate = promisify(inflateRaw);

const END_BYTES = 22;
const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 65535;
const MAX_DIRECTORY_BYTES = 64 * 2 ** 20;
const STORED = 0;
const DEFLATED = 8;
const IN_ZIP64 = 0xffffffff;

/**
 * The archive's entries in the order of its directory.
 * @param where the file's name, for messages
 */
export async function zipEntries(access: RandomAccess, where: string): Promise<ZipEntry[]> {
  const { offset, bytes, count } = await findDirectory(access, where);
  if (bytes > MAX_DIRECTORY_BYTES || offset + bytes > access.size) throw damaged(where);
  const directory = await access.read(offset, bytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === 0x02014b50) {
    const nameBytes = directory.readUInt16LE(at + 28);
    const extraBytes = directory.readUInt16LE(at + 30);
    const next = at + 46 + nameBytes + extraBytes + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw damaged(where);
    const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
    if ((directory.readUInt16LE(at + 8) & 1) === 1) {
      throw invalidInput(`${where}: the entry ${name} is encrypted.`, 'Save the archive without a password.');
    }
    const sizes = directory.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes);
    const entry: ZipEntry = {
      name,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      ...wideSizes(sizes, where, {
        bytes: directory.readUInt32LE(at + 24),
        compressedBytes: directory.readUInt32LE(at + 20),
        headerOffset: directory.readUInt32LE(at + 42),
      }),
    };
    checkSizes(entry, access.size, where);
    entries.push(entry);
    at = next;
  }
  if (entries.length !== count) throw damaged(where);
  return entries;
}

/** All bytes of an entry, checked against its CRC. */
export async function readEntry(access: RandomAccess, entry: ZipEntry, where: string): Promise<Buffer> {
  const packed = await access.read(await dataOffset(access, entry, where), entry.compressedBytes);
  let content = packed;
  if (entry.method === DEFLATED) {
    try {
      content = await inflate(packed, { maxOutputLength: Math.max(1, entry.bytes) });
    } catch {
      throw damaged(where, entry.name);
    }
  }
  if (content.length !== entry.bytes || crc32(content) !== entry.crc) throw damaged(where, entry.name);
  return content;
}

/** The first bytes of an entry, a few kilobytes: enough for an array's header. */
export async function readEntryStart(access: RandomAccess, entry: ZipEntry, where: string): Promise<Buffer> {
  const packed = await access.read(await dataOffset(access, entry, where), Math.min(entry.compressedBytes, 16384));
  if (entry.method === STORED) return packed;
  try {
    return inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    throw damaged(where, entry.name);
  }
}

interface Sizes {
  bytes: number;
  compressedBytes: number;
  headerOffset: number;
}

/** Fields of 0xffffffff stand in the zip64 extra field (id 1), in this order, only those that overflow. */
function wideSizes(extra: Buffer, where: string, narrow: Sizes): Sizes {
  const sizes = { ...narrow };
  let at = 0;
  while (at + 4 <= extra.length) {
    const id = extra.readUInt16LE(at);
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) throw damaged(where);
    if (id === 1) {
      let field = at + 4;
      for (const key of ['bytes', 'compressedBytes', 'headerOffset'] as const) {
        if (sizes[key] !== IN_ZIP64) continue;
        if (field + 8 > end) throw damaged(where);
        sizes[key] = Number(extra.readBigUInt64LE(field));
        field += 8;
      }
    }
    at = end;
  }
  return sizes;
}

function checkSizes(entry: ZipEntry, size: number, where: string): void {
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw invalidInput(
      `${where}: the entry ${entry.name} is compressed by method ${entry.method}, which is not read.`,
      'Write the file with numpy.savez or numpy.savez_compressed.',
    );
  }
  const inside = entry.headerOffset + LOCAL_BYTES + entry.compressedBytes <= size;
  const possible =
    entry.method === STORED
      ? entry.bytes === entry.compressedBytes
      : entry.bytes <= entry.compressedBytes * DEFLATE_MAX_RATIO;
  if (!inside || !possible) throw damaged(where, entry.name);
}

async function dataOffset(access: RandomAccess, entry: ZipEntry, where: string): Promise<number> {
  const local = await access.read(entry.headerOffset, LOCAL_BYTES);
  if (local.length < LOCAL_BYTES || local.readUInt32LE(0) !== 0x04034b50) throw damaged(where, entry.name);
  const start = entry.headerOffset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (start + entry.compressedBytes > access.size) throw damaged(where, entry.name);
  return start;
}

async function findDirectory(
  access: RandomAccess,
  where: string,
): Promise<{ offset: number; bytes: number; count: number }> {
  const tailStart = Math.max(0, access.size - END_BYTES - MAX_COMMENT_BYTES);
  const tail = await access.read(tailStart, access.size - tailStart);
  let end = tail.length - END_BYTES;
  while (end >= 0 && tail.readUInt32LE(end) !== 0x06054b50) end--;
  if (end < 0) {
    throw invalidInput(
      `${where} is a zip archive that ends early: its directory is missing.`,
      'Copy or download it again.',
    );
  }
  const narrow = {
    count: tail.readUInt16LE(end + 10),
    bytes: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
  const locator = end - 20;
  if (locator < 0 || tail.readUInt32LE(locator) !== 0x07064b50) return narrow;
  const record = await access.read(Number(tail.readBigUInt64LE(locator + 8)), 56);
  if (record.length < 56 || record.readUInt32LE(0) !== 0x06064b50) throw damaged(where);
  return {
    count: Number(record.readBigUInt64LE(32)),
    bytes: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48)),
  };
}

function damaged(where: string, entry?: string): LeverageError {
  const what = entry === undefined ? `${where} is a damaged zip archive` : `${where}: the entry ${entry} is damaged`;
  return invalidInput(`${what}.`, 'Copy or download it again.');
}
