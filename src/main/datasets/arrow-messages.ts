/**
 * The messages of an Arrow stream, looked at before the library decodes them: it believes every count it
 * reads, and a damaged one would have it run for minutes. Only counts are checked here, by the few fields of
 * the flatbuffer that hold them (format/Message.fbs).
 */
const CONTINUATION = 0xffffffff;
/** A description longer than this is damage: a schema of a million columns is shorter. */
const MOST_METADATA_BYTES = 256 * 2 ** 20;
/** Nested more deeply than any schema that people write. */
const DEEPEST = 30;
const HEADER_SCHEMA = 1;
const HEADER_DICTIONARY = 2;
const HEADER_RECORD_BATCH = 3;

/**
 * Passes the bytes of a stream on, message by message.
 * @throws Error for a message whose counts do not fit into it
 */
export async function* checkedMessages(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteQueue(chunks);
  for (;;) {
    let prefix = await bytes.take(4);
    if (prefix.length < 4) {
      if (prefix.length > 0) yield prefix;
      return;
    }
    // Before Arrow 0.15 the length came without the mark.
    let length = prefix.readUInt32LE(0);
    if (length === CONTINUATION) {
      yield prefix;
      prefix = await bytes.take(4);
      if (prefix.length < 4) return;
      length = prefix.readUInt32LE(0);
    }
    yield prefix;
    if (length === 0) return;
    if (length > MOST_METADATA_BYTES) throw new Error('a message is longer than any can be');
    const metadata = await bytes.take(length);
    if (metadata.length < length) throw new Error('a message ends early');
    let body = checkedBodyLength(metadata);
    yield metadata;
    while (body > 0) {
      const part = await bytes.some(body);
      if (part.length === 0) throw new Error('the data of a message end early');
      body -= part.length;
      yield part;
    }
  }
}

function checkedBodyLength(metadata: Buffer): number {
  const message = metadata.readUInt32LE(0);
  const kindAt = fieldAt(metadata, message, 1);
  const header = tableAt(metadata, message, 2);
  if (header !== null && kindAt !== null) {
    const kind = metadata.readUInt8(kindAt);
    const batch = kind === HEADER_DICTIONARY ? tableAt(metadata, header, 1) : header;
    if (kind === HEADER_SCHEMA) checkFields(metadata, header, 1, 2, 0);
    if (batch !== null && (kind === HEADER_RECORD_BATCH || kind === HEADER_DICTIONARY)) {
      checkVector(metadata, batch, 1, 16);
      checkVector(metadata, batch, 2, 16);
      checkVector(metadata, batch, 4, 8);
      checkLengths(metadata, batch);
    }
  }
  const lengthAt = fieldAt(metadata, message, 3);
  const length = lengthAt === null ? 0 : Number(metadata.readBigInt64LE(lengthAt));
  if (!(length >= 0)) throw new Error('a message has data of a negative length');
  return length;
}

/** Position of a table's field, or null where the table leaves it out. Out-of-range positions throw. */
function fieldAt(bytes: Buffer, table: number, slot: number): number | null {
  const fields = table - bytes.readInt32LE(table);
  const entry = 4 + 2 * slot;
  if (entry >= bytes.readUInt16LE(fields)) return null;
  const offset = bytes.readUInt16LE(fields + entry);
  return offset === 0 ? null : table + offset;
}

function tableAt(bytes: Buffer, table: number, slot: number): number | null {
  const at = fieldAt(bytes, table, slot);
  return at === null ? null : at + bytes.readUInt32LE(at);
}

function checkVector(bytes: Buffer, table: number, slot: number, elementBytes: number): void {
  const at = tableAt(bytes, table, slot);
  if (at !== null && at + 4 + elementBytes * bytes.readUInt32LE(at) > bytes.length) {
    throw new Error('a message counts more parts than it has');
  }
}

/** The fields in vector `slot` of a table, their children, and the table's own pairs of metadata. */
function checkFields(bytes: Buffer, table: number, slot: number, metadataSlot: number, depth: number): void {
  checkVector(bytes, table, slot, 4);
  checkVector(bytes, table, metadataSlot, 4);
  if (depth > DEEPEST) throw new Error('a schema is nested without end');
  const at = tableAt(bytes, table, slot);
  if (at === null) return;
  for (let index = 0; index < bytes.readUInt32LE(at); index++) {
    const entry = at + 4 + 4 * index;
    checkFields(bytes, entry + bytes.readUInt32LE(entry), 5, 6, depth + 1);
  }
}

/** Flat columns: every one has as many values as the batch has rows, and no more gaps. */
function checkLengths(bytes: Buffer, batch: number): void {
  const rowsAt = fieldAt(bytes, batch, 0);
  const rows = rowsAt === null ? 0n : bytes.readBigInt64LE(rowsAt);
  const nodes = tableAt(bytes, batch, 1);
  if (nodes === null) return;
  for (let node = 0; node < bytes.readUInt32LE(nodes); node++) {
    const length = bytes.readBigInt64LE(nodes + 4 + 16 * node);
    const gaps = bytes.readBigInt64LE(nodes + 12 + 16 * node);
    if (length !== rows || gaps > length) throw new Error('the columns of a batch have different lengths');
  }
}

class ByteQueue {
  private rest: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncGenerator<Uint8Array>;

  constructor(chunks: AsyncGenerator<Uint8Array>) {
    this.chunks = chunks;
  }

  /** Exactly `count` bytes, or fewer at the end. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  }

  /** At least one byte and at most `most`, none at the end. */
  async some(most: number): Promise<Buffer> {
    if (this.rest.length === 0) {
      const step = await this.chunks.next();
      if (step.done === true) return this.rest;
      this.rest = Buffer.from(step.value.buffer, step.value.byteOffset, step.value.byteLength);
    }
    const part = this.rest.subarray(0, most);
    this.rest = this.rest.subarray(part.length);
    return part;
  }
}
