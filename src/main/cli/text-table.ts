/** A table of plain text with aligned columns. */

export interface TextColumn {
  title: string;
  align: 'left' | 'right';
}

/** One string per line, the head first; two spaces between columns, none at the end. */
export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string[] {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => row.map(oneLine))];
  const widths = columns.map((_, c) => Math.max(...lines.map((line) => displayWidth(line[c]))));
  return lines.map((line) =>
    line
      .map((cell, c) => {
        const room = ' '.repeat(widths[c] - displayWidth(cell));
        return columns[c].align === 'right' ? room + cell : cell + room;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Names may hold anything; a table's cell is one line, and no escape sequence of a name reaches the terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** Columns of a terminal that a text fills: wide for East Asian characters and emoji, none for combining marks. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.normalize('NFC')) {
    if (/\p{Mark}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
