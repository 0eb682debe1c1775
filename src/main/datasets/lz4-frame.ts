/**
 * LZ4 frames, decompressed: how pyarrow and pandas compress Feather files unless told otherwise. Written
 * here because the LZ4 of hyparquet-compressors knows blocks only, and the blocks of a frame refer to
 * those before them. (LZ4 frame format 1.6.1; checksums are skipped.)
 */
const MAGIC = 0x184d2204;
const UNCOMPRESSED_BLOCK = 0x80000000;
/** LZ4 can not expand a byte into more. */
const MAX_RATIO = 255;

/** @throws Error for bytes that are no LZ4 frame or end early */
export function decodeLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new Error('not an LZ4 frame');
  const flags = frame[4];
  const blockChecksums = (flags & 0x10) !== 0;
  const sized = (flags & 0x08) !== 0;
  let at = 6;
  let size = 0;
  if (sized) {
    size = Number(view.getBigUint64(at, true));
    if (size > MAX_RATIO * frame.length) throw new Error('the LZ4 frame announces more than it can hold');
    at += 8;
  }
  if ((flags & 0x01) !== 0) at += 4;
  at += 1;
  const output = new GrowingBytes(sized ? size : 4 * frame.length);
  for (;;) {
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) return output.taken();
    const length = head % UNCOMPRESSED_BLOCK;
    if (at + length > frame.length) throw new Error('the LZ4 frame ends early');
    const block = frame.subarray(at, at + length);
    if (head >= UNCOMPRESSED_BLOCK) output.append(block);
    else decodeBlock(block, output);
    at += length + (blockChecksums ? 4 : 0);
  }
}

/** Sequences of literals and of copies from what is already there. */
function decodeBlock(block: Uint8Array, output: GrowingBytes): void {
  let at = 0;
  const extended = (start: number): number => {
    if (start < 15) return start;
    let length = start;
    for (;;) {
      if (at >= block.length) throw new Error('the LZ4 block ends early');
      const more = block[at++];
      length += more;
      if (more < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++];
    const literals = extended(token >> 4);
    if (at + literals > block.length) throw new Error('the LZ4 block ends early');
    output.append(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    if (at + 2 > block.length) throw new Error('the LZ4 block ends early');
    const distance = block[at] | (block[at + 1] << 8);
    at += 2;
    output.repeat(distance, extended(token & 15) + 4);
  }
}

class GrowingBytes {
  private bytes: Uint8Array;
  private used = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
  }

  append(more: Uint8Array): void {
    this.reserve(more.length);
    this.bytes.set(more, this.used);
    this.used += more.length;
  }

  /** Copies `length` bytes from `distance` back; the two may overlap. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.used) throw new Error('an LZ4 block refers to what is not there');
    this.reserve(length);
    for (let i = 0; i < length; i++, this.used++) this.bytes[this.used] = this.bytes[this.used - distance];
  }

  taken(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  private reserve(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.used + more));
    larger.set(this.bytes.subarray(0, this.used));
    this.bytes = larger;
  }
}
